package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein"
)

// handler is what runs the tasks of a type.
type handler struct {
	typ    string
	config typeConfig
	run    func(ctx context.Context, k kind, args json.RawMessage) ([]byte, error)
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
// started, waits for what runs, whose context is not done, and returns nil. An
// error says that it could not begin. It panics if n is less than 1.
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
	w := &worker{
		c: c, handlers: handlers, since: time.Now(), drain: ctx,
		slots: make(chan struct{}, n), debt: make(chan struct{}, debtPerSlot*n), held: map[jetstream.Msg]bool{},
		group: skein.New(context.WithoutCancel(ctx), skein.KeepGoing(), skein.Name("cluster worker "+c.name)),
		tasks: map[*held]map[int]running{},
	}
	w.runs = newRuns(ctx, w.limited)
	var watcher jetstream.KeyWatcher
	if err = persist(ctx, func() (err error) {
		watcher, err = c.store.runs.WatchAll(ctx)
		return err
	}); err != nil {
		return fmt.Errorf("cluster: look at the runs: %w", err)
	}
	defer watcher.Stop()
	known := make(chan struct{})
	go w.runs.follow(watcher, known)
	select {
	case <-known: // before that nobody knows which have a limit
	case <-ctx.Done():
		return nil
	}
	return w.work(ctx, config.grace)
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
	slots    chan struct{}   // a place for each task that runs
	debt     chan struct{}   // and for each that has begun and is not recorded
	drain    context.Context // done when nothing is to start any more
	runs     *runs
	pulling  sync.WaitGroup

	mu     sync.Mutex
	held   map[jetstream.Msg]bool
	limits map[string]bool // the queues of runs with a limit that are pulled from
	done   bool            // nothing more may be pulled from
	tasks  map[*held]map[int]running
}

func (w *worker) work(ctx context.Context, grace time.Duration) error {
	var pulls []*pull
	for _, h := range w.handlers {
		for _, kind := range []string{plainTasks, later, suspects} {
			p, err := w.open(ctx, h, kind, "", 0)
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				return err
			}
			pulls = append(pulls, p)
		}
	}
	for _, p := range pulls {
		w.pulling.Go(func() { p.loop(ctx) })
	}
	rest, stop := context.WithCancel(context.Background())
	var beside sync.WaitGroup
	beside.Go(func() { w.beat(rest) })
	beside.Go(func() { w.tell(rest) })
	defer beside.Wait()
	defer stop()
	<-ctx.Done()
	w.mu.Lock()
	w.done = true
	w.mu.Unlock()
	w.pulling.Wait()
	if grace > 0 {
		late := time.AfterFunc(grace, w.runs.cut)
		defer late.Stop()
	}
	_ = w.group.Wait() // only that handlers called Goexit, which their tasks' outcomes say
	return nil
}

// limited pulls from the queues of a run with a limit. It is called by one
// goroutine, each time the run's entry changes.
func (w *worker) limited(run string, e *entry) {
	for _, h := range w.handlers {
		if !slices.Contains(e.Types, h.typ) {
			continue
		}
		name := consumerName(h.typ, limited, run)
		w.mu.Lock()
		known := w.done || w.limits[name]
		if !known {
			if w.limits == nil {
				w.limits = map[string]bool{}
			}
			w.limits[name] = true
			w.pulling.Add(1)
		}
		w.mu.Unlock()
		if known {
			continue
		}
		go func() {
			defer w.pulling.Done()
			ctx, cancel := context.WithCancel(w.drain)
			defer cancel()
			p, err := w.open(ctx, h, limited, run, e.Limit)
			if err != nil {
				return // it may not take it, or the run is gone
			}
			p.loop(ctx)
		}()
	}
}

func (w *worker) hold(m jetstream.Msg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held[m] = true
}

func (w *worker) drop(m jetstream.Msg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.held, m)
}

// beat renews the leases of all that is held, and ends all that runs when it
// cannot: at two thirds of a lease, or after it, when the machine stood still.
func (w *worker) beat(ctx context.Context) {
	lease := w.c.store.lease
	tick := time.NewTicker(lease / 3)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		began := time.Now()
		if began.Sub(last) > lease {
			w.runs.cut()
		}
		w.mu.Lock()
		for m := range w.held {
			m.InProgress() // whether it got there is seen below
		}
		w.mu.Unlock()
		waiting, cancel := context.WithTimeout(ctx, lease/3)
		err := w.c.nc.FlushWithContext(waiting)
		cancel()
		switch {
		case err == nil:
			last = began
		case ctx.Err() == nil && time.Since(last) >= lease*2/3:
			w.runs.cut()
			last = time.Now()
		}
	}
}
