package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// errCutOff is why a worker ends what it runs: it could not renew its leases,
// so others have its tasks by now, or will soon.
var errCutOff = errors.New("the worker was cut off from the server")

// runs is what a worker knows of the runs that it may have tasks of, and their
// contexts. A run's is done when the run is cancelled, and all are when the
// worker is cut off; then there are new ones.
type runs struct {
	limited func(run string, e *entry) // told of each run with a limit

	mu       sync.Mutex
	base     context.Context
	cutOff   context.CancelCauseFunc
	entries  map[string]*entry
	contexts map[string]*runContext
}

type runContext struct {
	context.Context
	cancel context.CancelCauseFunc
}

func newRuns(ctx context.Context, limited func(string, *entry)) *runs {
	r := &runs{limited: limited, entries: map[string]*entry{}}
	r.begin(context.WithoutCancel(ctx))
	return r
}

// begin begins with contexts of which none is done.
func (r *runs) begin(ctx context.Context) {
	r.base, r.cutOff = context.WithCancelCause(ctx)
	r.contexts = map[string]*runContext{}
}

// cut ends all contexts. What follows has new ones.
func (r *runs) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cutOff(errCutOff)
	r.begin(context.WithoutCancel(r.base))
}

// of gives a run's.
func (r *runs) of(run string) *runContext {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.contexts[run]
	if c == nil {
		c = new(runContext)
		c.Context, c.cancel = context.WithCancelCause(r.base)
		r.contexts[run] = c
		if e := r.entries[run]; e != nil && e.Cancelled {
			c.cancel(e.cause())
		}
	}
	return c
}

// kind is that of the run's subjects.
func (r *runs) kind(run string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.entries[run]; e != nil && e.Limit > 0 {
		return limited
	}
	return plainTasks
}

// policy is the run's.
func (r *runs) policy(run string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.entries[run]; e != nil && !e.Cancelled {
		return e.Policy
	}
	return ""
}

// follow learns of the runs until the watcher is stopped. It closes known when
// all that were there have come.
func (r *runs) follow(w jetstream.KeyWatcher, known chan<- struct{}) {
	for kv := range w.Updates() {
		if kv == nil {
			close(known)
			continue
		}
		e := new(entry)
		if json.Unmarshal(kv.Value(), e) == nil {
			r.learn(kv.Key(), e)
		}
	}
}

func (r *runs) learn(run string, e *entry) {
	r.mu.Lock()
	if !e.Finished.IsZero() {
		delete(r.entries, run)
		delete(r.contexts, run)
	} else {
		r.entries[run] = e
		if c := r.contexts[run]; c != nil && e.Cancelled {
			c.cancel(e.cause())
		}
	}
	r.mu.Unlock()
	if e.Limit > 0 {
		r.limited(run, e)
	}
}
