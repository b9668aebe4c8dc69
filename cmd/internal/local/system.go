package local

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// mostThreads is how many slots may wait with a thread of their own. The
// others park at once, as a Go program dies at 10,000 threads.
const mostThreads = 64

// system is what the jobs of a run have in common.
type system struct {
	paths
	null  int      // standard input of every job
	env   []string // ours
	procs int      // GOMAXPROCS before; 0: not touched
	lot   *lot
	dir   string // where the jobs run

	starting sync.RWMutex // read by starts, written by the reaper of orphans
	mu       sync.Mutex
	running  map[int]*slot // processes that a slot will reap
	others   map[int]bool  // children that no task left: from before the run

	paused  atomic.Int64              // how long we have been stopped, in all; nanoseconds
	frozen  atomic.Pointer[time.Time] // what the clock of the run says meanwhile; nil: it goes
	threads atomic.Int32              // slots that wait with a thread
	done    chan struct{}
	reaper  sync.WaitGroup
}

func newSystem(limit int, o Options) (*system, error) {
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", os.DevNull, err)
	}
	// Orphans of our jobs become our children, so none can hide.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become the reaper of orphans: %w", err)
	}
	y := &system{
		paths: paths{found: map[string]string{}},
		null:  null, env: environment(o.Run, o.Dir), dir: o.Dir, lot: &lot{},
		running: map[int]*slot{}, others: map[int]bool{}, done: make(chan struct{}),
	}
	if hasChildren() {
		y.others = children()
	}
	y.raise(limit)
	y.reaper.Go(y.reapOrphans)
	return y, nil
}

// raise gives the scheduler more than one P per CPU: starting a process
// blocks its P until the program is loaded. It adds half again as many jobs
// per second. The jobs do not see it, as it is not in the environment.
func (y *system) raise(limit int) {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	y.procs = runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(max(y.procs, min(4*y.procs, limit+2, 16)))
}

func (y *system) close() {
	close(y.done)
	y.reaper.Wait()
	y.lot.close()
	unix.Close(y.null)
	if y.procs > 0 {
		runtime.GOMAXPROCS(y.procs)
	}
}

// wait polls with the thread of the slot for at most d and reports whether
// something is ready, or d was shorter than the patience of a slot.
func (y *system) wait(p []unix.PollFd, d time.Duration) bool {
	defer y.threads.Add(-1)
	if y.threads.Add(1) > mostThreads {
		d = 0
	}
	return poll(p, d) > 0
}

// poll waits for at most d, rounded up to a millisecond.
func poll(p []unix.PollFd, d time.Duration) int {
	ms := int((d + time.Millisecond - 1) / time.Millisecond)
	n, err := unix.Poll(p, ms)
	if err != nil { // EINTR: the caller looks again
		return 1
	}
	return n
}

// pidfd gives a descriptor that is ready when the process has ended; -1 if
// the system has none left.
func pidfd(pid int) int {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1
	}
	return fd
}
