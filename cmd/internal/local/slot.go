package local

import (
	"errors"
	"time"

	"example.com/skein/cmd/internal/task"
)

// slot runs one task after the other. All of it belongs to its goroutine.
type slot struct {
	*runner
	n     int // from 1
	timer *time.Timer
	place place // where it waits for a process that takes its time
}

// slot starts with a first task and goes on while there are others.
func (r *runner) slot(n int, first task.Spec) {
	s := &slot{runner: r, n: n}
	defer s.place.close()
	s.do(first)
	for {
		in, hold := r.more()
		select {
		case <-hold:
		case spec := <-r.tasks:
			s.do(spec)
		case it, ok := <-in:
			if r.accept(it, ok) {
				s.do(it.spec)
			}
		case <-r.drained:
			return
		case <-r.halted:
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
	cmd, err := s.work(spec, s.n)
	ev := task.Event{Spec: spec, Command: cmd, Slot: s.n, Attempt: 1}
	if err != nil {
		s.notStarted(ev, err)
		return
	}
	ev.Kind, ev.Time = task.Started, time.Now()
	s.record(ev)
	ev.Spec.Block = nil // nobody behind us needs it, and reports keep events
	j := &job{block: spec.Block, env: s.environment(spec)}
	if err := s.start(j, cmd); err != nil {
		s.notStarted(ev, err)
		return
	}
	ev.Kind, ev.Time, ev.Started, ev.PID = task.Started, j.began, j.began, j.pid
	j.event = ev
	s.send(j, ev)
	s.attend(j)
	if j.told {
		s.endGroup(j)
	}
	s.system.guard.set(s.n, 0)
	s.system.gone(j.pid)
	s.end(s.finished(j))
}

// end sends the last event of a task.
func (s *slot) end(ev task.Event) {
	s.record(ev)
	s.events <- ev
}

func (r *runner) record(ev task.Event) {
	if r.o.Record != nil {
		r.o.Record(ev)
	}
}

// finished is the last event of a job.
func (s *slot) finished(j *job) task.Event {
	ev := j.event
	ev.Kind, ev.Time = task.Finished, j.ended
	ev.Cause = j.cause
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
	case ev.Signal != 0:
		ev.Outcome = task.Killed
	case ev.ExitStatus == 0:
		ev.Outcome = task.Succeeded
	default:
		ev.Outcome = task.Failed
	}
	ev.User = time.Duration(j.usage.Utime.Nano())
	ev.System = time.Duration(j.usage.Stime.Nano())
	ev.PeakMemory = j.usage.Maxrss << 10
	if ev.Outcome != task.Succeeded {
		ev.LastWords = j.lastWords()
	}
	ev.StdoutBytes, ev.StderrBytes = j.out[0].read, j.out[1].read
	ev.Stdout, ev.Stderr = j.out[0].text, j.out[1].text
	return ev
}

// notStarted ends a task that has no process. If the command word is the same
// for all, it ends the run.
func (s *slot) notStarted(ev task.Event, err error) {
	ev.Kind, ev.Time = task.Finished, time.Now()
	ev.Outcome, ev.ExitStatus, ev.Cause = task.Failed, -1, err.Error()
	if closed(s.halted) {
		ev.Outcome = task.Skipped
	}
	var bad *task.NotRunnable
	if errors.As(err, &bad) && s.o.Fixed && !closed(s.halted) {
		s.halt()
		s.end(ev)
		s.events <- halted(bad)
		return
	}
	s.end(ev)
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
		}
		s.mind(j)
	}
}
