package local

import (
	"errors"

	"example.com/skein/cmd/internal/task"
)

// end sends the last event of a task, and stops the run if that is due: by the
// policy, or because err says that no task can be run.
func (s *slot) end(ev task.Event, err error) {
	why := s.verdict(ev, err)
	s.give(ev)
	if why != nil {
		s.events <- halted(why)
	}
}

// give sends the event that ends an attempt, with what that has written, once there is
// room for it.
func (s *slot) give(ev task.Event) {
	s.record(ev)
	s.unread.add(outputs(&ev))
	s.events <- ev
}

// verdict stops the run if that is due, and returns why if nobody did before.
func (s *slot) verdict(ev task.Event, err error) error {
	var bad *task.NotRunnable
	if errors.As(err, &bad) && s.o.Fixed && s.halt(bad) {
		return bad
	}
	if stopped := s.judge.Count(ev); stopped != nil && s.stop(stopped) {
		return stopped
	}
	return nil
}
