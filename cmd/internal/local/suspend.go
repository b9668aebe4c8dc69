package local

import (
	"syscall"
	"time"
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
