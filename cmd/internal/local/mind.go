package local

import (
	"fmt"
	"runtime"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/task"
)

// next is when the job must be minded although nothing happens; zero is never.
func (s *slot) next(j *job) (t time.Time) {
	earlier := func(u time.Time) {
		if t.IsZero() || u.Before(t) {
			t = u
		}
	}
	if s.o.Timeout > 0 && !j.told && !j.reaped() {
		earlier(j.clock.Add(s.o.Timeout))
	}
	if j.told && !j.killed {
		earlier(j.killAt)
	}
	if j.reaped() {
		earlier(j.leave)
	}
	return t
}

// alarms are what may interrupt the wait for a job: the end of the run, the
// second signal, and time.
func (s *slot) alarms(j *job) (stop, kill <-chan struct{}, alarm <-chan time.Time) {
	if !j.told {
		stop = s.stopped
	}
	if !j.killed {
		kill = s.o.Kill
	}
	next := s.next(j)
	if next.IsZero() {
		return stop, kill, nil
	}
	if s.timer == nil {
		s.timer = time.NewTimer(s.system.until(next))
	} else {
		s.timer.Reset(s.system.until(next))
	}
	return stop, kill, s.timer.C
}

// mind does what is due: tells the job to stop, kills it, or closes pipes
// that something it left behind still holds.
func (s *slot) mind(j *job) {
	if by := s.held.Swap(0); by != 0 && !j.held {
		j.held = true
		ev := j.event
		ev.Kind, ev.Time, ev.Signal = task.Held, time.Now(), syscall.Signal(by)
		s.send(j, ev)
	}
	if !j.told && s.unwanted.Load() == int64(j.seq) {
		s.terminate(j, task.Cancelled, errByHand.Error())
	}
	if !j.told && closed(s.stopped) {
		s.terminate(j, task.Cancelled, s.cause.Error())
	}
	if !j.killed && s.o.Kill != nil && closed(s.o.Kill) {
		s.kill(j)
	}
	next := s.next(j)
	if next.IsZero() || s.system.now().Before(next) {
		return
	}
	switch {
	case j.told && !j.killed && next.Equal(j.killAt):
		s.kill(j)
	case j.reaped():
		s.abandon(j)
	default:
		s.terminate(j, task.TimedOut, fmt.Sprintf("it took longer than %v", s.o.Timeout))
	}
}

// terminate tells the job to end. A process that has already ended by
// itself keeps its outcome.
func (s *slot) terminate(j *job, reason task.Outcome, cause string) {
	if !j.reaped() {
		s.reap(j)
	}
	if !j.reaped() {
		j.reason, j.cause = reason, cause
	}
	j.told, j.killAt = true, s.system.now().Add(s.o.Grace)
	s.tellAll(j)
}

// tellGroup tells the job's group to end.
func (j *job) tellGroup() {
	syscall.Kill(-j.pid, syscall.SIGTERM)
	// Those that were stopped would not hear it.
	syscall.Kill(-j.pid, syscall.SIGCONT)
}

func (s *slot) kill(j *job) {
	if !j.told {
		s.terminate(j, task.Cancelled, "killed")
	}
	j.killed = true
	syscall.Kill(-j.pid, syscall.SIGKILL)
}

// lookAgain is until abandon looks once more.
const lookAgain = 20 * time.Millisecond

// abandon closes the pipes that something still holds after the process has
// ended: at once if the group is empty, so that it can only be a process in a
// session of its own, or when it was not us who ended it.
func (s *slot) abandon(j *job) {
	if !j.settled {
		// Perhaps it is only a process that another slot is starting, which
		// has our pipes until its program is loaded: look once more after it,
		// when it has had time to close them.
		s.system.settle()
		j.settled, j.leave = true, s.system.now().Add(lookAgain)
		return
	}
	if j.told && groupAlive(j.pid) && !j.killed {
		j.leave = s.system.now().Add(lookAgain)
		return
	}
	if !j.told && j.cause == "" {
		j.cause = fmt.Sprintf("it left a process behind whose output is not waited for longer than %v", linger)
	}
	for i := range j.out {
		if j.out[i].fd >= 0 {
			s.hangUp(j, i)
		}
	}
}

// groupAlive reports whether there is a process in the group. Of one that has
// only ended ones Darwin says EPERM, where others mean those of another user.
func groupAlive(pgid int) bool {
	err := syscall.Kill(-pgid, 0)
	return err == nil || err == syscall.EPERM && runtime.GOOS != "darwin" //errorlint: an errno, unwrapped
}
