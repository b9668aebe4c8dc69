package local

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/task"
)

// slot runs one task after the other. All of it belongs to its goroutine, but
// for what says that others use.
type slot struct {
	*runner
	n     int      // from 1
	env   []string // of its jobs; nil before the first
	block []byte   // what its task reads; nil: what --stdin says
	timer *time.Timer
	place place // where it waits for a process that takes its time

	// What Control.Cancel, in whatever goroutine, reads and writes.
	seq      atomic.Int64                            // of the task; 0: none
	unwanted atomic.Int64                            // the task that somebody wants to end
	held     atomic.Int32                            // the signal that has stopped its process; 0: told, or none
	bell     chan struct{}                           // capacity 1; rung when unwanted or held is set
	giveUp   atomic.Pointer[context.CancelCauseFunc] // ends the wait for another attempt; nil: there is none
}

// serve starts with a first task and goes on while there are others and room
// for the slot.
func (s *slot) serve(first task.Spec) {
	defer s.seats.leave(s)
	s.do(first)
	for {
		stays, resized := s.seats.stay(s)
		if !stays {
			return
		}
		in, hold := s.more()
		select {
		case <-hold:
		case <-resized:
		case spec := <-s.tasks:
			s.do(spec)
		case it, ok := <-in:
			if s.accept(it, ok) {
				s.do(it.Spec)
			}
		case <-s.drained:
			return
		case <-s.halted:
			return
		}
	}
}

// do runs a task from its start to its last event.
func (s *slot) do(spec task.Spec) {
	if closed(s.stopped) {
		s.skip(spec)
		return
	}
	s.seq.Store(int64(spec.Seq))
	defer s.seq.Store(0)
	s.block, spec.Block = spec.Block, nil // nobody behind us needs it, and reports keep events
	defer func() { s.block = nil }()
	cmd, err := s.work(spec, s.n)
	ev := task.Event{Spec: spec, Command: cmd, Slot: s.n, Attempt: 1}
	switch {
	case err != nil:
		s.end(notStarted(ev, err), err)
	case s.o.Attempts > 1:
		s.attempts(ev)
	default:
		s.end(s.attempt(ev))
	}
}

// attempt runs a process, and returns what would be the task's last event. An
// error says that there was no process, and why.
func (s *slot) attempt(ev task.Event) (task.Event, error) {
	if !s.pace.await(s.halted) {
		return s.abandoned(ev), s.why()
	}
	ev.Kind, ev.Time = task.Started, time.Now()
	s.record(ev)
	j := &job{seq: ev.Spec.Seq, attempt: ev.Attempt}
	if err := s.start(j, ev.Command); err != nil {
		if closed(s.halted) {
			return s.abandoned(ev), err
		}
		return notStarted(ev, err), err
	}
	ev.Kind, ev.Time, ev.Started, ev.PID = task.Started, j.began, j.began, j.pid
	j.event = ev
	s.send(j, ev)
	s.attend(j)
	switch {
	case j.told:
		s.endAll(j)
	case s.o.Tidy && !ev.Command.Background:
		s.tidy(j)
	}
	s.system.gone(j.pid, s)
	return s.finished(j), nil
}

// finished is the last event of a job.
func (s *slot) finished(j *job) task.Event {
	ev := j.event
	ev.Kind, ev.Time = task.Finished, j.ended
	ev.Cause = j.cause
	ev.Left, ev.LeftNames = j.left, j.leftNames
	ev.ExitStatus = -1
	if j.status.Exited() {
		ev.ExitStatus = j.status.ExitStatus()
	}
	if j.status.Signaled() {
		ev.Signal = j.status.Signal()
	}
	switch {
	case j.reason != "":
		ev.Outcome = j.reason
	case ev.Signal == syscall.SIGKILL && s.o.Kill != nil && closed(s.o.Kill): // by whoever of us was first
		ev.Outcome, ev.Cause = task.Cancelled, s.why().Error()
	case ev.Signal != 0:
		ev.Outcome = task.Killed
	case ev.ExitStatus == 0:
		ev.Outcome = task.Succeeded
	default:
		ev.Outcome = task.Failed
	}
	ev.User = time.Duration(j.usage.Utime.Nano())
	ev.System = time.Duration(j.usage.Stime.Nano())
	ev.PeakMemory = peakMemory(&j.usage)
	if ev.Outcome != task.Succeeded {
		ev.LastWords = j.lastWords()
	}
	ev.StdoutBytes, ev.StderrBytes = j.out[0].read, j.out[1].read
	ev.Stdout, ev.Stderr = j.out[0].text, j.out[1].text
	return ev
}

// peakMemory is in bytes. A process that is no larger than we are has our size
// in its account: it was us until it called exec, and that the kernel counts as
// well (setmax_mm_hiwater_rss in Linux's exec_mmap). Then it is 0.
func peakMemory(u *syscall.Rusage) int64 {
	var ours syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &ours) != nil || u.Maxrss <= ours.Maxrss {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return u.Maxrss // bytes already; the others count KiB
	}
	return u.Maxrss << 10
}

// notStarted is the end of a task that has no process.
func notStarted(ev task.Event, err error) task.Event {
	ev.Kind, ev.Time = task.Finished, time.Now()
	ev.Outcome, ev.ExitStatus, ev.Cause = task.Failed, -1, err.Error()
	errors.As(err, &ev.Word)
	return ev
}

// abandoned is the end of a task that waited for its next process, or its
// first, when the run was halted.
func (s *slot) abandoned(ev task.Event) task.Event {
	ev = notStarted(ev, s.why())
	ev.Outcome = task.Cancelled
	if ev.Attempt == 1 {
		ev.Outcome, ev.Slot, ev.Attempt = task.Skipped, 0, 0
	}
	return ev
}

// ring wakes the slot to mind its job.
func (s *slot) ring() {
	select {
	case s.bell <- struct{}{}:
	default: // it has not heard the last one yet
	}
}

// send sends an event of a job that runs, and goes on minding the job while
// nobody takes it.
func (s *slot) send(j *job, ev task.Event) {
	select {
	case s.events <- ev:
		return
	default:
	}
	for {
		stop, kill, alarm := s.alarms(j)
		select {
		case s.events <- ev:
			return
		case <-stop:
		case <-kill:
		case <-alarm:
		case <-s.bell:
		}
		s.mind(j)
	}
}
