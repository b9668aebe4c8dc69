//go:build linux && !skein_portable

package local

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// mostThreads is how many slots may wait with a thread of their own. The
// others park at once, as a Go program dies at 10,000 threads.
const mostThreads = 64

// kernel is what a run has of this system alone.
type kernel struct {
	lot     *lot
	others  map[int]bool // children that no task left: from before the run
	threads atomic.Int32 // slots that wait with a thread

	bare map[int]uint64 // processes without an environment, and when they were born; system's mu
}

// enlist makes us the parent of the orphans of our jobs, so that none can hide.
func (y *system) enlist() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become the reaper of orphans: %w", err)
	}
	y.lot, y.others = &lot{}, map[int]bool{}
	if hasChildren() {
		y.others = children()
	}
	y.worker.Go(y.reapOrphans)
	return nil
}

func (y *system) discharge() { y.lot.close() }

// enter takes a process in that a slot will reap.
func (y *system) enter(pid int, s *slot) {
	y.mu.Lock()
	y.running[pid] = s
	y.mu.Unlock()
}

// gone takes a process out again that the slot has reaped. Another slot's may have
// its number by now, if there was something to end for a while.
func (y *system) gone(pid int, s *slot) {
	y.mu.Lock()
	if y.running[pid] == s {
		delete(y.running, pid)
	}
	y.mu.Unlock()
}

// isJob reports whether a slot will reap the process.
func (y *system) isJob(pid int) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	_, is := y.running[pid]
	return is
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

// signalJobs sends a signal to the group of each job, and to what is below us
// in other groups.
func (y *system) signalJobs(s syscall.Signal) {
	y.mu.Lock()
	for pid := range y.running {
		syscall.Kill(-pid, s)
	}
	y.mu.Unlock()
	for _, pid := range below(y.others, false) {
		syscall.Kill(pid, s)
	}
}

// stopSelf returns when somebody has continued us. The signal goes to this
// thread, which therefore stops before it is back.
func stopSelf() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP)
}

// findHeld looks for jobs that are stopped, and not by us: the system tells of
// each stop once.
func (y *system) findHeld() {
	y.starting.RLock()
	defer y.starting.RUnlock()
	for range 100 {
		pid, by := held()
		if pid == 0 {
			return
		}
		y.mu.Lock()
		s := y.running[pid]
		y.mu.Unlock()
		if s != nil {
			s.held.Store(int32(by))
			s.ring()
		}
	}
}
