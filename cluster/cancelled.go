package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster/internal/permit"
)

// contexts are those of the runs that a worker has tasks of. A run's is done
// when the run is cancelled.
//
// What counts is the run's entry. It is read when the first batch of the run
// comes, when a hint says that it has changed, and now and then, as hints may be
// lost. A worker does not watch the store: that takes a consumer, which it may
// not make.
type contexts struct {
	base  context.Context
	store *store

	mu    sync.Mutex
	runs  map[string]*runContext
	lease time.Duration // the shortest of the runs that were met
	less  chan struct{} // capacity 1: it has become shorter
}

func newContexts(base context.Context, s *store) *contexts {
	return &contexts{base: base, store: s, runs: map[string]*runContext{}, lease: s.lease, less: make(chan struct{}, 1)}
}

// beat is how often leases are to be renewed, and runs looked at.
func (c *contexts) beat() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lease / 3
}

// heed notes the lease of a run.
func (c *contexts) heed(lease time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if lease < leastLease || lease >= c.lease {
		return
	}
	c.lease = lease
	select {
	case c.less <- struct{}{}:
	default: // has not been heard yet
	}
}

// leastLease is the shortest that is heeded.
const leastLease = 100 * time.Millisecond

type runContext struct {
	context.Context
	cancel context.CancelCauseFunc
	users  int  // batches in hand
	idle   bool // there was none when it was last looked
}

// of gives a run's, until leave is called. It waits until the run's entry has
// been read, or cannot be.
func (c *contexts) of(ctx context.Context, run string) *runContext {
	c.mu.Lock()
	r, known := c.runs[run]
	if !known {
		r = new(runContext)
		r.Context, r.cancel = context.WithCancelCause(c.base)
		c.runs[run] = r
	}
	r.users++
	r.idle = false
	c.mu.Unlock()
	if !known {
		c.look(ctx, run)
	}
	return r
}

func (c *contexts) leave(r *runContext) {
	c.mu.Lock()
	r.users--
	c.mu.Unlock()
}

// look reads a run's entry, and ends its context if it is cancelled. It may be
// that nobody has a batch of it.
func (c *contexts) look(ctx context.Context, run string) {
	c.mu.Lock()
	r := c.runs[run]
	c.mu.Unlock()
	if r == nil || r.Err() != nil {
		return
	}
	m, err := c.store.last(ctx, permit.RunsStream, permit.RunsSubject+run)
	var e entry
	if err != nil || m == nil || json.Unmarshal(m.Data, &e) != nil {
		return // there is a next time
	}
	c.heed(e.Lease)
	if e.Cancelled {
		r.cancel(errors.New(e.Cause))
	}
}

// follow follows hints until ctx is done, and looks now and then.
func (c *contexts) follow(ctx context.Context) error {
	hints, err := c.store.nc.Subscribe(permit.Control, func(m *nats.Msg) {
		if run := runOf(m.Subject); run != "" {
			c.look(ctx, run)
		}
	})
	if err != nil {
		return err
	}
	go func() {
		defer hints.Unsubscribe()
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(c.beat()):
				for _, run := range c.inUse() {
					c.look(ctx, run)
				}
			}
		}
	}()
	return nil
}

// inUse are the runs of which there are batches in hand. Those of which there
// was none for a while are forgotten.
func (c *contexts) inUse() (runs []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for run, r := range c.runs {
		switch {
		case r.users > 0:
			runs = append(runs, run)
		case r.idle:
			r.cancel(nil)
			delete(c.runs, run)
		default:
			r.idle = true
		}
	}
	return runs
}

// control is where a hint to look at the run's entry goes.
func control(run string) string { return strings.Replace(permit.Control, "*.*", shard+"."+run, 1) }
