package local

import (
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// suspend stops the jobs and ourselves, and continues the jobs when somebody
// has continued us. The kernel does not do it: a job is in a session of its
// own, where it discards SIGTSTP.
func (y *system) suspend() {
	y.starting.Lock() // no start is under way, and none begins
	defer y.starting.Unlock()
	began, stands := time.Now(), y.now()
	y.frozen.Store(&stands)
	y.signalJobs(syscall.SIGSTOP)
	if !guardIsGone() {
		stopSelf()
	}
	y.paused.Add(int64(time.Since(began)))
	y.frozen.Store(nil)
	y.signalJobs(syscall.SIGCONT)
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

// now is the time without that for which we were stopped: what --timeout and
// --grace count.
//
// A slot may be continued before suspend has seen that time is over: the clock
// is frozen until it has.
func (y *system) now() time.Time {
	for {
		paused := y.paused.Load()
		now := time.Now().Add(-time.Duration(paused))
		if stands := y.frozen.Load(); stands != nil {
			return *stands
		}
		if y.paused.Load() == paused {
			return now
		}
	}
}

// until is how long it is to a moment of now.
func (y *system) until(t time.Time) time.Duration { return t.Sub(y.now()) }

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
