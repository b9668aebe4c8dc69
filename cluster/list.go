package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// RunState is how far a run is.
type RunState string

// The states. A queue is always open.
const (
	StateOpen      RunState = "open"      // it takes tasks
	StateClosed    RunState = "closed"    // it takes no more, and nobody has seen yet that all have ended
	StateCancelled RunState = "cancelled" // the same, as it was cancelled
	StateFinished  RunState = "finished"  // all have ended, and somebody who waited has seen it
)

// Listed is a run or queue, as the server has noted it.
type Listed struct {
	Name  string
	Queue bool
	State RunState

	// Since is when that was noted last, by the server's clock: of a run that
	// has finished, when it did.
	Since time.Time

	Cancelled error // why it was cancelled; nil: it was not

	// Submitted is how many tasks there are, once that is known, else 0.
	Submitted int

	// Counts is how they ended. It is nil unless the run has finished: before
	// that [Run.Snapshot] counts.
	Counts Counts

	Policy string        // fail-fast, first-success or "", which is to keep going
	Limit  int           // tasks of a type at a time; 0: no limit
	Keep   time.Duration // how long outcomes are kept
}

// Runs lists the runs and queues that there are, the one that changed last at
// the end. It reads an entry for each, and no tasks.
func (c *Client) Runs(ctx context.Context) (all []Listed, err error) {
	if c.onlyWork {
		return nil, errOnlyWorks
	}
	err = c.each(ctx, func(p *place, e *entry) error {
		if e.there() && checkName("run", p.name) == nil { // else it is no work of ours
			all = append(all, e.listed(p.name))
		}
		return nil
	})
	return all, err
}

// there reports whether there is a run or queue.
func (e *entry) there() bool { return !e.Removed && e.Owner > e.From }

func (e *entry) listed(name string) Listed {
	l := Listed{
		Name: name, Queue: e.Queue, State: StateOpen, Since: e.changed, Cancelled: e.cause(),
		Policy: e.Policy, Limit: e.Limit, Keep: e.Keep,
	}
	switch {
	case !e.Finished.IsZero():
		l.State, l.Counts, l.Since = StateFinished, e.Counts, e.Finished
	case e.Cancelled:
		l.State = StateCancelled
	case e.Closing:
		l.State = StateClosed
	}
	for _, n := range e.Sealed {
		l.Submitted += n
	}
	return l
}

// ErrNotThere is that there is no run, or no queue, of a name.
var ErrNotThere = errors.New("cluster: there is none of that name")

// ObserveOption is what [Observe] gives: an option of runs and of queues.
type ObserveOption struct{}

func (ObserveOption) ofRun(c *runConfig)     { c.observe, c.join = true, true }
func (ObserveOption) ofQueue(c *queueConfig) { c.observe = true }

// Observe opens a run or queue that is there, and else says [ErrNotThere]. Nothing
// changes by that: nobody is replaced, Wait does not close the run, and to submit
// is [ErrClosed]. It can be cancelled, closed and deleted.
func Observe() ObserveOption { return ObserveOption{} }

// observe opens what is there.
func (p *place) observe(ctx context.Context, queue bool) (*entry, error) {
	e, err := p.entry(ctx)
	switch {
	case err != nil:
		return nil, err
	case !e.there():
		return nil, fmt.Errorf("%w: %s", ErrNotThere, p.name)
	case e.Queue && !queue:
		return nil, fmt.Errorf("cluster: %s is a queue, not a run", p.name)
	case !e.Queue && queue:
		return nil, fmt.Errorf("cluster: %s is a run, not a queue", p.name)
	}
	p.submitter = &submitter{place: p, limit: e.Limit, closed: true}
	return e, nil
}
