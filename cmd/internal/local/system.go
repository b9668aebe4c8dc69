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

// system is what the jobs of a run have in common.
type system struct {
	paths
	kernel          // what only this one has
	null   int      // standard input of every job
	env    []string // ours
	dir    string   // where the jobs run
	limit  int      // of slots, at the beginning

	raised sync.Once
	procs  int // GOMAXPROCS before raised; 0: not touched

	starting sync.RWMutex // read by starts, written by the reaper of orphans
	mu       sync.Mutex
	running  map[int]*slot // processes that a slot will reap

	paused atomic.Int64              // how long we have been stopped, in all; nanoseconds
	frozen atomic.Pointer[time.Time] // what the clock of the run says meanwhile; nil: it goes
	done   chan struct{}
	worker sync.WaitGroup // what enlist started
}

func newSystem(limit int, o Options) (*system, error) {
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", os.DevNull, err)
	}
	y := &system{
		paths: paths{found: map[string]string{}},
		null:  null, env: environment(o.Run, o.Dir), dir: o.Dir,
		limit: limit, running: map[int]*slot{}, done: make(chan struct{}),
	}
	if err := y.enlist(); err != nil {
		unix.Close(null)
		return nil, err
	}
	return y, nil
}

// raise gives the scheduler more than one P per CPU, for starts by syscall.ForkExec: one
// blocks its P until the program is loaded. It adds half again as many jobs per second.
// The jobs do not see it, as it is not in the environment.
func (y *system) raise() {
	y.raised.Do(func() {
		if os.Getenv("GOMAXPROCS") != "" {
			return
		}
		y.procs = runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(max(y.procs, min(4*y.procs, y.limit+2, 16)))
	})
}

func (y *system) close() {
	close(y.done)
	y.worker.Wait()
	y.discharge()
	unix.Close(y.null)
	if y.procs > 0 {
		runtime.GOMAXPROCS(y.procs)
	}
}
