package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/skein"
	"example.com/skein/cluster/internal/permit"
)

// handler is what runs the tasks of a type.
type handler struct {
	typ    string
	config typeConfig
	run    func(ctx context.Context, k kind, args []byte) ([]byte, error)
}

// crashes is how many workers may vanish with an attempt.
const crashes = 5

// WorkOption says how to work.
type WorkOption func(*workConfig)

type workConfig struct {
	only  []string
	grace time.Duration
}

// Only has Work take tasks of these types, and not of all that have been given a
// handler.
func Only(types ...string) WorkOption {
	return func(c *workConfig) { c.only = append(c.only, types...) }
}

// Grace is how long Work waits for what runs once its ctx is done. Then it ends
// the contexts of the rest and, when their handlers have returned, leaves them to
// others. Unless it is given Work waits as long as it takes.
func Grace(d time.Duration) WorkOption { return func(c *workConfig) { c.grace = d } }

// Work runs tasks of the types that have been given a handler, at most n at a
// time, until ctx is done. Then it takes no more, gives back what has not
// started, waits for what runs, whose context is not done, and returns nil. It
// panics if n is less than 1.
//
// An error says that there is nothing to be had any more, and ends it the same
// way: a [*DeniedError], if the server gives us none of some type's tasks, or
// [ErrKey], when the key was revoked. Then nobody hears how what runs ends, so its
// context is done.
//
// A worker that cannot renew its leases for two thirds of their time ends what
// it runs, by its own clock, for others will have it.
func (c *Client) Work(ctx context.Context, n int, opts ...WorkOption) error {
	if n < 1 {
		panic("cluster: Work with no worker at all")
	}
	var config workConfig
	for _, opt := range opts {
		opt(&config)
	}
	handlers, err := c.handlersOf(config.only)
	if err != nil {
		return err
	}
	ctx, drain := context.WithCancelCause(ctx)
	defer drain(nil)
	base, end := context.WithCancelCause(context.WithoutCancel(ctx))
	w := &worker{
		c: c, handlers: handlers, since: time.Now(), drain: ctx, stop: drain,
		slots: make(chan struct{}, n), debt: make(chan struct{}, debtPerSlot*n), held: map[*delivery]bool{},
		group:   skein.New(context.WithoutCancel(ctx), skein.KeepGoing(), skein.Name("cluster worker "+c.name)),
		pulling: skein.New(context.WithoutCancel(ctx), skein.Name("cluster pulls")),
		limits:  map[string]bool{}, shown: map[*held]bool{},
		hands: &hands{slots: n},
	}
	w.runs = newRuns(base, c.store, w.pullLimited)
	defer w.runs.followers.Wait()
	defer end(nil)
	if err := w.runs.follow(base); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("cluster: look at the runs: %w", err)
	}
	return w.work(ctx, config.grace, end)
}

// handlersOf gives the handlers of these types; of all if there is none.
func (c *Client) handlersOf(only []string) (all []*handler, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, typ := range only {
		if c.handlers[typ] == nil {
			return nil, fmt.Errorf("cluster: no handler for the type %s", typ)
		}
	}
	for typ, h := range c.handlers {
		if len(only) == 0 || slices.Contains(only, typ) {
			all = append(all, h)
		}
	}
	return all, nil
}

// debtPerSlot is how many tasks for each slot may have run and not be recorded.
// While a server that leads is replaced, recording takes seconds, and all that
// was run in them may be run again.
const debtPerSlot = 8

// worker is a Work that goes on.
type worker struct {
	c        *Client
	handlers []*handler
	since    time.Time
	group    *skein.Group
	pulling  *skein.Group
	slots    chan struct{}   // a place for each task that runs
	debt     chan struct{}   // and for each that has begun and is not recorded
	drain    context.Context // done when nothing is to start any more
	stop     context.CancelCauseFunc
	runs     *runs
	hands    *hands

	limited sync.WaitGroup // pulls of runs with a limit

	mu      sync.Mutex
	held    map[*delivery]bool
	over    bool            // nobody may pull any more
	renewed time.Time       // when the leases of all that was held were
	limits  map[string]bool // the queues of runs with a limit that are pulled from
	shown   map[*held]bool
}

func (w *worker) work(ctx context.Context, grace time.Duration, end context.CancelCauseFunc) error {
	for _, h := range w.handlers {
		for _, kind := range permit.Kinds {
			w.pull(w.open(h, kind))
		}
	}
	rest, enough := context.WithCancel(context.Background())
	var beside sync.WaitGroup
	beside.Go(func() { w.beat(rest) })
	beside.Go(func() { w.tell(rest) })
	beside.Go(func() {
		select {
		case <-w.c.store.closed:
			w.stop(w.c.broken())
			end(w.c.broken()) // nobody would hear how what runs ends
		case <-rest.Done():
		}
	})
	defer beside.Wait()
	defer enough()
	<-ctx.Done()
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	w.limited.Wait()
	err := w.pulling.Wait()
	if grace > 0 {
		late := time.AfterFunc(grace, w.runs.cut)
		defer late.Stop()
	}
	_ = w.group.Wait() // only that handlers called Goexit, which their tasks' outcomes say
	return cmp.Or(w.c.broken(), err)
}

// pull pulls until nothing is to start any more. An error is the end of all.
func (w *worker) pull(p *pull) {
	w.pulling.Go(func(context.Context) error {
		err := p.loop(w.drain)
		if err != nil {
			w.stop(err)
		}
		return err
	})
}

// pullLimited pulls from the queues of a run with a limit, as long as there are such.
func (w *worker) pullLimited(run string, e *entry) {
	for _, h := range w.handlers {
		if !slices.Contains(e.Types, h.typ) {
			continue
		}
		p := w.openLimited(h, run)
		w.mu.Lock()
		known := w.limits[p.consumer] || w.over
		if !known {
			w.limits[p.consumer] = true
			w.limited.Add(1)
		}
		w.mu.Unlock()
		if known {
			continue
		}
		go func() {
			defer w.limited.Done()
			err := p.loop(w.drain)
			if denied := (*DeniedError)(nil); errors.As(err, &denied) {
				return // it is for others
			}
			w.mu.Lock()
			delete(w.limits, p.consumer) // the run may have tasks again
			w.mu.Unlock()
		}()
	}
}

func (w *worker) hold(m *delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held[m] = true
}

func (w *worker) drop(m *delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.held, m)
}

// leased reports whether the lease of what came then is ours still, by our own
// clock: not if the machine stood still since it was renewed.
func (w *worker) leased(came time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.renewed.After(came) {
		came = w.renewed
	}
	return time.Since(came) < w.runs.shortest()
}

// beat renews the leases of all that is held, and ends all that runs when it
// cannot: at two thirds of a lease, or after it, when the machine stood still.
func (w *worker) beat(ctx context.Context) {
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-w.runs.less:
		case <-time.After(w.runs.beat()):
		}
		lease := w.runs.shortest()
		began := time.Now()
		if began.Sub(last) > lease {
			w.runs.cut()
		}
		w.mu.Lock()
		for m := range w.held {
			m.say(inProgress) // whether it got there is seen below
		}
		w.mu.Unlock()
		waiting, cancel := context.WithTimeout(ctx, lease/3)
		err := w.c.nc.FlushWithContext(waiting)
		cancel()
		switch {
		case err == nil:
			last = began
			w.mu.Lock()
			w.renewed = began
			w.mu.Unlock()
		case ctx.Err() == nil && time.Since(last) >= lease*2/3:
			w.runs.cut()
			last = time.Now()
		}
	}
}
