package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// contexts are those of the runs that a worker has tasks of. A run's is done
// when the run is cancelled.
type contexts struct {
	base context.Context

	mu   sync.Mutex
	runs map[string]*runContext
}

type runContext struct {
	context.Context
	cancel context.CancelCauseFunc
}

// of gives a run's.
func (c *contexts) of(run string) *runContext {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.runs[run]
	if r == nil {
		r = new(runContext)
		r.Context, r.cancel = context.WithCancelCause(c.base)
		c.runs[run] = r
	}
	return r
}

// follow cancels the contexts of runs that are cancelled, until the watcher is
// stopped.
func (c *contexts) follow(w jetstream.KeyWatcher) {
	for kv := range w.Updates() {
		var e entry
		if kv == nil || json.Unmarshal(kv.Value(), &e) != nil || !e.Cancelled {
			continue // nil: all that was there has come
		}
		c.of(kv.Key()).cancel(errors.New(e.Cause))
	}
}
