package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"example.com/skein"
)

// handler is what runs the tasks of a type.
type handler struct {
	typ      string
	attempts int
	timeout  time.Duration
	run      func(ctx context.Context, args json.RawMessage) (json.RawMessage, error)
}

// crashes is how many workers may vanish with an attempt.
const crashes = 5

// Work runs tasks of the types that have been given a handler, at most n at a
// time, until ctx is done. Then it takes no more, gives back what has not
// started, waits for what runs, whose context is not done, and returns nil.
//
// An error says that there is nothing to be had any more, and ends it the same
// way: a [*DeniedError], if the server gives us none of some type's tasks, or
// [ErrKey], when the key was revoked. Then nobody hears how what runs ends, so its
// context is done.
func (c *Client) Work(ctx context.Context, n int) error {
	if n < 1 {
		panic("cluster: Work with no worker at all")
	}
	c.mu.Lock()
	handlers := make([]*handler, 0, len(c.handlers))
	for _, h := range c.handlers {
		handlers = append(handlers, h)
	}
	c.mu.Unlock()
	w := &worker{c: c, slots: make(chan struct{}, n), held: map[*delivery]bool{}}
	ctx, drain := context.WithCancelCause(ctx)
	defer drain(nil)
	w.drain = ctx
	base, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	w.runs = newContexts(base, c.store)
	if err := w.runs.follow(base); err != nil {
		return fmt.Errorf("cluster: look for runs that are cancelled: %w", err)
	}
	w.group = skein.New(context.WithoutCancel(ctx), skein.KeepGoing(), skein.Name("cluster worker"))
	var pulls []*pull
	for _, h := range handlers {
		for _, suspects := range []bool{false, true} {
			pulls = append(pulls, w.open(h, suspects))
		}
	}
	beats, stop := context.WithCancel(context.Background())
	var beating sync.WaitGroup
	beating.Go(func() { w.beat(beats) })
	defer beating.Wait()
	defer stop()
	pulling := skein.New(context.WithoutCancel(ctx), skein.Name("cluster pulls"))
	for _, p := range pulls {
		pulling.Go(func(context.Context) error {
			err := p.loop(ctx)
			if err != nil {
				drain(err)
			}
			return err
		})
	}
	beating.Go(func() {
		select {
		case <-c.store.closed:
			drain(c.broken())
			end(c.broken()) // nobody would hear how what runs ends
		case <-beats.Done():
		}
	})
	err := pulling.Wait()
	_ = w.group.Wait() // only that handlers called Goexit, which their tasks' outcomes say
	return cmp.Or(c.broken(), err)
}

// worker is a Work that goes on.
type worker struct {
	c     *Client
	group *skein.Group
	slots chan struct{}   // a place for each task that runs
	drain context.Context // done when nothing is to start any more
	runs  *contexts

	mu   sync.Mutex
	held map[*delivery]bool
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

// beat renews the leases of all that is held.
func (w *worker) beat(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.runs.less:
		case <-time.After(w.runs.beat()):
		}
		w.mu.Lock()
		for m := range w.held {
			m.say(inProgress) // an error is the connection's: the next beat may get through
		}
		w.mu.Unlock()
	}
}
