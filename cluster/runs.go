package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// errCutOff is why a worker ends what it runs: it could not renew its leases,
// so others have its tasks by now, or will soon.
var errCutOff = errors.New("the worker was cut off from the server")

// runs is what a worker knows of the runs that it may have tasks of, and their
// contexts. A run's is done when the run is cancelled, and all are when the
// worker is cut off; then there are new ones.
//
// What counts is the run's entry. It is read when the first batch of the run
// comes, when a hint says that it has changed, and now and then, as hints may be
// lost. Who only works does not watch the store: that takes a consumer, which it
// may not make.
type runs struct {
	store     *store
	limited   func(run string, e *entry) // told of runs with a limit
	followers sync.WaitGroup

	mu     sync.Mutex
	base   context.Context
	cutOff context.CancelCauseFunc
	runs   map[string]*runContext
	lease  time.Duration // the shortest of the runs that were met
	less   chan struct{} // capacity 1: it has become shorter
}

type runContext struct {
	context.Context
	cancel context.CancelCauseFunc
	entry  entry
	users  int           // batches in hand
	idle   bool          // there was none when it was last looked
	read   chan struct{} // closed when the entry has been read, or could not be
}

func newRuns(base context.Context, s *store, limited func(string, *entry)) *runs {
	r := &runs{store: s, limited: limited, lease: s.lease, less: make(chan struct{}, 1)}
	r.begin(base)
	return r
}

// begin begins with contexts of which none is done.
func (r *runs) begin(base context.Context) {
	r.base = base
	var ctx context.Context
	ctx, r.cutOff = context.WithCancelCause(base)
	r.runs = map[string]*runContext{"": {Context: ctx}} // no run's name is empty
}

// cut ends all contexts. What follows has new ones.
func (r *runs) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cutOff(errCutOff)
	r.begin(r.base)
}

// beat is how often leases are to be renewed, and runs looked at.
func (r *runs) beat() time.Duration { return r.shortest() / 3 }

func (r *runs) shortest() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lease
}

// heed notes the lease of a run.
func (r *runs) heed(lease time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if lease < leastLease || lease >= r.lease {
		return
	}
	r.lease = lease
	select {
	case r.less <- struct{}{}:
	default: // has not been heard yet
	}
}

// leastLease is the shortest that is heeded.
const leastLease = 100 * time.Millisecond

// of gives the one for a submitter's tasks of a run, until leave is called. It waits
// until the run's entry has been read, or cannot be. What is known may be of a run of
// that name that was removed, and cancelled before: it is read again for a submitter
// that it does not have.
func (r *runs) of(ctx context.Context, run string, submitter int) *runContext {
	r.mu.Lock()
	c, known := r.runs[run]
	if !known {
		c = r.add(run)
	}
	c.users++ // from now on: what nobody uses is cancelled, and a server may take its time
	c.idle = false
	r.mu.Unlock()
	if !known {
		r.look(ctx, run)
		close(c.read)
	}
	<-c.read
	if known && submitter > r.entry(run).Owner {
		r.look(ctx, run)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.runs[run]
	switch {
	case now == nil: // all were cut off meanwhile
		return c
	case submitter <= now.entry.From:
		now = r.child()
		now.cancel(ErrRemoved)
	case submitter > now.entry.Owner && now.Err() != nil: // of another run, of which we cannot read
		now = r.another(run)
	}
	c.users--
	now.users++
	now.idle = false
	return now
}

// child is a context that is done when all are cut off. r.mu is held.
func (r *runs) child() *runContext {
	c := &runContext{read: make(chan struct{})}
	c.Context, c.cancel = context.WithCancelCause(r.runs[""])
	return c
}

// add makes a run's, of which the entry is to be read. r.mu is held.
func (r *runs) add(run string) *runContext {
	c := r.child()
	r.runs[run] = c
	return c
}

// another makes one that replaces that of a run which was removed. r.mu is held.
func (r *runs) another(run string) *runContext {
	c := r.add(run)
	close(c.read)
	return c
}

func (r *runs) leave(c *runContext) {
	r.mu.Lock()
	c.users--
	r.mu.Unlock()
}

// look reads a run's entry. It may be that nobody has a batch of it.
func (r *runs) look(ctx context.Context, run string) {
	m, err := r.store.last(ctx, permit.RunsStream, permit.RunsSubject+run)
	if err == nil && m != nil {
		r.learn(run, m.Data)
	} // else there is a next time
}

// learn takes a run's entry, and ends its context if it is cancelled or was removed.
func (r *runs) learn(run string, data []byte) {
	var e entry
	if json.Unmarshal(data, &e) != nil {
		return
	}
	r.heed(e.Lease)
	r.mu.Lock()
	if c := r.runs[run]; c != nil && e.From >= c.entry.From { // else a server was late
		if c.entry.Owner > 0 && e.From > c.entry.From || c.entry.Removed && !e.Removed {
			c.cancel(ErrRemoved)
			c = r.another(run)
		}
		c.entry = e
		switch {
		case e.Removed:
			c.cancel(ErrRemoved)
		case e.Cancelled:
			c.cancel(e.cause())
		}
	}
	r.mu.Unlock()
	if e.Limit > 0 && e.Finished.IsZero() {
		r.limited(run, &e)
	}
}

// kind is that of the run's subjects, and policy its policy. They are known
// while a batch of it is in hand.
func (r *runs) kind(run string) string {
	if r.entry(run).Limit > 0 {
		return permit.Limited
	}
	return permit.Plain
}

func (r *runs) policy(run string) string {
	if e := r.entry(run); !e.Cancelled {
		return e.Policy
	}
	return ""
}

func (r *runs) entry(run string) (e entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.runs[run]; c != nil {
		e = c.entry
	}
	return e
}

// follow follows hints, and, who may, the entries, until ctx is done, and looks
// now and then. Whoever calls it waits for the followers.
func (r *runs) follow(ctx context.Context) error {
	hints, err := r.store.nc.Subscribe(permit.Control, func(m *nats.Msg) {
		if run := wordsOf(m.Subject).run(); run != "" {
			r.look(ctx, run)
		}
	})
	if err != nil {
		return err
	}
	if r.store.runs != nil {
		var entries jetstream.KeyWatcher
		if err := r.store.insist(ctx, permit.API, func(context.Context) (err error) {
			entries, err = r.store.runs.WatchAll(ctx)
			return err
		}); err != nil {
			hints.Unsubscribe()
			return err
		}
		r.followers.Go(func() { r.watch(ctx, entries) })
	}
	r.followers.Go(func() {
		defer hints.Unsubscribe()
		r.lookAgain(ctx)
	})
	return nil
}

// watch learns entries as they change.
func (r *runs) watch(ctx context.Context, entries jetstream.KeyWatcher) {
	defer entries.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case kv, more := <-entries.Updates():
			if !more {
				return
			}
			if kv != nil { // else it was the last of those that there were
				r.learn(kv.Key(), kv.Value())
			}
		}
	}
}

// lookAgain looks at the runs that are in use, as a hint may have been lost.
func (r *runs) lookAgain(ctx context.Context) {
	for sleep(ctx, r.beat()) == nil {
		for _, run := range r.inUse() {
			r.look(ctx, run)
		}
	}
}

// inUse are the runs of which there are batches in hand. Those of which there
// was none for a while are forgotten.
func (r *runs) inUse() (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for run, c := range r.runs {
		switch {
		case run == "":
		case c.users > 0:
			all = append(all, run)
		case c.idle:
			c.cancel(nil)
			delete(r.runs, run)
		default:
			c.idle = true
		}
	}
	return all
}

// control is where a hint to look at the run's entry goes.
func control(run string) string { return strings.Replace(permit.Control, "*.*", shard+"."+run, 1) }
