package local

import (
	"errors"
	"fmt"
	"sync"

	"example.com/skein/cmd/internal/task"
)

// Policy says when a run stops because of how its tasks ended: no further task
// starts, and those that run are told to end. The zero value never stops it.
type Policy struct {
	FailFast     bool // at the first failure
	MaxFailures  int  // at the failure of that number; 0: never
	MaxPercent   int  // when so many per cent of at least ten ended tasks have failed; 0: never
	UntilSuccess bool // at the first success
}

// percentFrom is how many tasks must have ended before per cent mean anything.
const percentFrom = 10

// judge counts ends of tasks and applies the policy.
type judge struct {
	Policy

	mu            sync.Mutex
	ended, failed int
}

// count counts an end, and returns why the run stops because of it, or nil.
func (g *judge) count(ev task.Event) *task.Stopped {
	if g.Policy == (Policy{}) {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	bad := failure(ev.Outcome)
	if bad {
		g.failed++
	}
	if bad || ev.Outcome == task.Succeeded {
		g.ended++
	}
	who := fmt.Sprintf("task %d %s", ev.Spec.Seq, said(ev.Outcome))
	switch {
	case !bad && ev.Outcome != task.Succeeded:
		return nil
	case g.MaxPercent > 0 && g.ended >= percentFrom && 100*g.failed >= g.MaxPercent*g.ended:
		return &task.Stopped{Why: fmt.Sprintf("%d of %d tasks failed (--max-failures %d%%)", g.failed, g.ended, g.MaxPercent)}
	case g.UntilSuccess && ev.Outcome == task.Succeeded:
		return &task.Stopped{Why: who + " (--until-success)", Succeeded: true}
	case !bad:
		return nil
	case g.FailFast:
		return &task.Stopped{Why: who + " (--fail-fast)"}
	case g.MaxFailures > 0 && g.failed >= g.MaxFailures:
		return &task.Stopped{Why: fmt.Sprintf("%s (--max-failures %d)", who, g.MaxFailures)}
	}
	return nil
}

// end sends the last event of a task, and stops the run if that is due: by the
// policy, or because err says that no task can be run.
func (s *slot) end(ev task.Event, err error) {
	why := s.verdict(ev, err)
	s.record(ev)
	s.events <- ev
	if why != nil {
		s.events <- halted(why)
	}
}

// verdict stops the run if that is due, and returns why if nobody did before.
func (s *slot) verdict(ev task.Event, err error) error {
	var bad *task.NotRunnable
	if errors.As(err, &bad) && s.o.Fixed && s.halt(bad) {
		return bad
	}
	if stopped := s.judge.count(ev); stopped != nil && s.stop(stopped) {
		return stopped
	}
	return nil
}
