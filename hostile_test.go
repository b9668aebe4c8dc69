package skein_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// spent is a context that was used up: from a moment on its Value panics, as
// those of some frameworks do when their request is over.
type spent struct {
	context.Context
	over *atomic.Bool
}

func (c spent) Value(key any) any {
	if c.over.Load() {
		panic("the request is over")
	}
	return c.Context.Value(key)
}

// fickle says once that it is done, and never again.
type fickle struct {
	context.Context
	asked *atomic.Bool
}

func (c fickle) Done() <-chan struct{} { return make(chan struct{}) }

func (c fickle) Err() error {
	if c.asked.CompareAndSwap(false, true) {
		return context.Canceled
	}
	return nil
}

func TestContextsThatMisbehave(t *testing.T) {
	ends := map[string]func(g *skein.Group, cancel func()){
		"a task fails":            func(g *skein.Group, _ func()) { g.Go(boom) },
		"the parent is cancelled": func(_ *skein.Group, cancel func()) { cancel() },
		"Cancel is called":        func(g *skein.Group, _ func()) { g.Cancel(errBoom) },
		"a task panics":           func(g *skein.Group, _ func()) { g.Go(burst("torn")) },
	}
	for name, end := range ends {
		bubble.Run(t, "a Value that panics holds nobody up: "+name, func(t *testing.T) {
			var over atomic.Bool
			parent, cancel := context.WithCancel(t.Context())
			defer cancel()
			g := skein.New(spent{parent, &over}, skein.Limit(1))
			g.Go(lasting(time.Second, nil))
			end(g, func() {})
			future := skein.Spawn(g, func(context.Context) (int, error) { return 1, nil })
			over.Store(true)
			if name == "the parent is cancelled" {
				cancel()
			}
			waited := make(chan bool, 2)
			go func() {
				_ = thrown(func() { _, _ = future.Wait(context.Background()) })
				waited <- true
			}()
			go func() {
				_ = thrown(func() { _ = g.Wait() })
				waited <- true
			}()
			<-waited
			<-waited
			if s := g.Stats(); s.Running != 0 || s.Queued != 0 {
				t.Errorf("stats %+v", s)
			}
		})
	}
	bubble.Run(t, "whoever was refused is told of by Wait, though the context takes it back", func(t *testing.T) {
		g := skein.New(fickle{t.Context(), new(atomic.Bool)})
		if g.Go(succeed) {
			t.Error("Go reported true")
		}
		wantErr(t, g.Wait(), context.Canceled)
		_, err := skein.Race(fickle{t.Context(), new(atomic.Bool)}, func(context.Context) (int, error) { return 1, nil })
		wantErr(t, err, context.Canceled)
	})
	bubble.Run(t, "one that is done and has not closed its channel holds up no submission", func(t *testing.T) {
		parent := late{context.Background()}
		g := skein.New(parent)
		_, err := skein.Spawn(g, func(context.Context) (int, error) { return 1, nil }).Wait(context.Background())
		wantErr(t, err, errBoom)
		wantErr(t, g.Start(func(context.Context, func()) error { return nil }), errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
}

// late is done, and does not close its channel.
type late struct{ context.Context }

func (late) Done() <-chan struct{} { return make(chan struct{}) }
func (late) Err() error            { return errBoom }

func TestObserversThatEndTheWorker(t *testing.T) {
	for name, f := range map[string]func(){"panics": func() { panic("observer") }, "calls Goexit": runtime.Goexit} {
		bubble.Run(t, "Start returns where one "+name+" at the start", func(t *testing.T) {
			g := skein.New(t.Context(), skein.KeepGoing(), skein.Observe(func(e skein.Event) {
				if e.Outcome == "" {
					f()
				}
			}))
			err := g.Start(func(context.Context, func()) error { t.Error("it ran"); return nil })
			var p *skein.PanicError
			if !errors.As(err, &p) && !errors.Is(err, skein.ErrGoexit) {
				t.Errorf("got error %v", err)
			}
			_ = thrown(func() { _ = g.Wait() })
		})
		bubble.Run(t, "a history keeps a worker at whose end one "+name, func(t *testing.T) {
			h := skein.KeepHistory(10)
			defer h.Close()
			g := skein.New(t.Context(), skein.KeepGoing(), skein.Observe(func(e skein.Event) {
				if e.Outcome != "" {
					f()
				}
			}))
			g.Go(succeed)
			_ = thrown(func() { _ = g.Wait() })
			all, _ := h.After(0)
			if len(all) != 1 || all[0].Outcome != skein.Panicked && all[0].Outcome != skein.Goexited {
				t.Errorf("got %+v", all)
			}
		})
	}
}

func TestGroupsThatAreOddlyUsed(t *testing.T) {
	bubble.Run(t, "a zero group that has ended unused is not there, whatever is called", func(t *testing.T) {
		before := len(process().Groups)
		var g skein.Group
		wantErr(t, g.Wait(), nil)
		g.SetLimit(3)
		g.Cancel(errBoom)
		if n := len(process().Groups); n != before {
			t.Errorf("%d groups, %d before", n, before)
		}
	})
	bubble.Run(t, "a rate holds after the limit has stood in its way", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Rate(1, time.Second, 1), skein.Limit(2))
		release := make(chan struct{})
		g.Go(until(release))
		var started atomic.Int64
		for range 60 {
			g.Go(func(context.Context) error { started.Add(1); return nil })
		}
		time.Sleep(time.Second / 2)
		g.SetLimit(1)
		time.Sleep(99*time.Second + time.Second/2)
		g.SetLimit(0)
		synctest.Wait()
		if n := started.Load(); n > 1 {
			t.Errorf("%d tasks started at once", n)
		}
		close(release)
		wantErr(t, g.Wait(), nil)
	})
}

// The workers with the lowest numbers are found wherever they stand in the
// ring: here those that came last are at the oldest tasks.
func TestTheEldestAreListed(t *testing.T) {
	bubble.Run(t, "whatever order their goroutines have come in", func(t *testing.T) {
		g := skein.New(t.Context())
		ends := make([]chan struct{}, 400)
		for i := range ends {
			ends[i] = make(chan struct{})
			g.Go(until(ends[i]))
		}
		synctest.Wait()
		for i := range 200 {
			close(ends[(i*7919)%200*2]) // every other, in some order
			synctest.Wait()
		}
		more := make(chan struct{})
		for range 200 {
			g.Go(until(more))
		}
		synctest.Wait()
		s := only(t, g.Snapshot())
		for i, w := range s.Workers {
			if w.Number != int64(2*i+2) {
				t.Fatalf("place %d has worker %d", i, w.Number)
			}
		}
		if len(s.Workers) != 100 {
			t.Errorf("%d workers", len(s.Workers))
		}
		for i := range 200 {
			close(ends[2*i+1])
		}
		close(more)
		wantErr(t, g.Wait(), nil)
	})
}
