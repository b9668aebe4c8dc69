// Package policy says when a run stops because of how its tasks end, wherever
// they run.
package policy

import (
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

// Judge counts ends of tasks and applies the policy. It is safe for concurrent
// use.
type Judge struct {
	Policy

	mu            sync.Mutex
	ended, failed int
}

// Count counts an end, and returns why the run stops because of it, or nil.
func (g *Judge) Count(ev task.Event) *task.Stopped {
	if g.Policy == (Policy{}) {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	bad := Failure(ev.Outcome)
	if bad {
		g.failed++
	}
	if bad || ev.Outcome == task.Succeeded {
		g.ended++
	}
	who := fmt.Sprintf("task %d %s", ev.Spec.Seq, Said(ev.Outcome))
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

// Failure reports whether a task ended badly by itself.
func Failure(o task.Outcome) bool {
	return o == task.Failed || o == task.TimedOut || o == task.Killed
}

// Said is an outcome as the end of a sentence.
func Said(o task.Outcome) string {
	switch o {
	case task.TimedOut:
		return "timed out"
	case task.Killed:
		return "was killed"
	}
	return string(o)
}
