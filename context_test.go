package skein_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestParentContext(t *testing.T) {
	bubble.Run(t, "cancelled from outside, Wait returns the cause", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		g := skein.New(ctx, skein.Limit(1))
		g.Go(untilDone)
		g.Go(boom)
		synctest.Wait()
		cancel(errBoom)
		if g.Go(succeed) || g.TryGo(succeed) {
			t.Error("a task was accepted after the cancellation")
		}
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Cancelled: 1, Skipped: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "cancelled when all has succeeded and Wait comes later, Wait returns the cause", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		g := skein.New(ctx)
		g.Go(succeed)
		synctest.Wait()
		cancel(errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "cancelled before all, nothing starts and nothing is silent", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBoom)
		g := skein.New(ctx, skein.KeepGoing())
		if g.Go(boom) {
			t.Error("a task was accepted")
		}
		wantErr(t, g.Wait(), errBoom)
		wantErr(t, skein.Run(ctx, func(g *skein.Group) error { return nil }), errBoom)
	})
	bubble.Run(t, "a deadline makes echoes timed-out", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		g := skein.New(ctx)
		g.Go(untilDone)
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return fmt.Errorf("fetch cat.jpg: %w", context.Cause(ctx))
		})
		wantErr(t, g.Wait(), context.DeadlineExceeded)
		if s := g.Stats(); s != (skein.Stats{TimedOut: 2}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "a deadline is the group's own", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		g := skein.New(ctx)
		want, _ := ctx.Deadline()
		if got, ok := g.Context().Deadline(); !ok || !got.Equal(want) {
			t.Errorf("deadline %v, %t, want %v", got, ok, want)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "a context of one's own is a parent like any other", func(t *testing.T) {
		home := &homeMade{Context: t.Context(), done: make(chan struct{})}
		g := skein.New(home)
		g.Go(untilDone)
		synctest.Wait()
		home.end(errBoom)
		synctest.Wait()
		if g.Go(succeed) {
			t.Error("a task was accepted after the end of the context")
		}
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "what echoes a context of one's own is an echo at once", func(t *testing.T) {
		for range 100 {
			home := &homeMade{Context: t.Context(), done: make(chan struct{})}
			g := skein.New(home, skein.KeepGoing())
			_ = g.Context().Done()
			for range 4 {
				g.Go(func(context.Context) error {
					<-home.done
					return home.Err()
				})
			}
			synctest.Wait()
			home.end(errBoom)
			wantErr(t, g.Wait(), errBoom)
			if s := g.Stats(); s != (skein.Stats{Cancelled: 4}) {
				t.Fatalf("stats %+v", s)
			}
		}
	})
	bubble.Run(t, "values of the parent are seen by tasks", func(t *testing.T) {
		type key struct{}
		g := skein.New(context.WithValue(t.Context(), key{}, "cat.jpg"))
		g.GoNamed("named", func(ctx context.Context) error {
			if ctx.Value(key{}) != "cat.jpg" {
				t.Error("a named task does not see the value")
			}
			return nil
		})
		g.Go(func(ctx context.Context) error {
			if ctx.Value(key{}) != "cat.jpg" {
				t.Error("a task does not see the value")
			}
			return nil
		})
		wantErr(t, g.Wait(), nil)
	})
}

// homeMade is a context that package context does not know.
type homeMade struct {
	context.Context

	mu   sync.Mutex
	done chan struct{}
	err  error
}

func (h *homeMade) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
	close(h.done)
}

func (h *homeMade) Done() <-chan struct{} { return h.done }

func (h *homeMade) Value(key any) any { return nil }

func (h *homeMade) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

func TestContextOfAGroup(t *testing.T) {
	bubble.Run(t, "contexts derived from it need no goroutine", func(t *testing.T) {
		g := skein.New(t.Context())
		synctest.Wait()
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(g.Context())
		defer cancel()
		timed, stop := context.WithTimeout(ctx, time.Hour)
		defer stop()
		called := make(chan struct{})
		context.AfterFunc(timed, func() { close(called) })
		synctest.Wait()
		if n := runtime.NumGoroutine() - before; n != 0 {
			t.Errorf("%d goroutines more", n)
		}
		g.Cancel(errBoom)
		<-called
		wantErr(t, context.Cause(timed), errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Outside(t, "asked for the first time by many at once, it is the same for all", func(t *testing.T) {
		// They must really run at the same time to meet.
		for range 500 {
			var g skein.Group
			var dones [4]<-chan struct{}
			var all sync.WaitGroup
			for i := range dones {
				all.Go(func() { dones[i] = g.Context().Done() })
			}
			all.Wait()
			for _, done := range dones {
				if done != dones[0] {
					t.Fatal("two askers got two contexts")
				}
			}
			wantErr(t, g.Wait(), nil)
			<-dones[0]
		}
	})
	bubble.Run(t, "it has a name where contexts are printed", func(t *testing.T) {
		var g skein.Group
		ctx, cancel := context.WithCancel(g.Context())
		defer cancel()
		if got := fmt.Sprint(ctx); got != "skein.Group.Context.WithCancel" {
			t.Errorf("got %q", got)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "asked for the first time after the end, it is done", func(t *testing.T) {
		var g skein.Group
		wantErr(t, g.Wait(), nil)
		ctx, cancel := context.WithCancel(g.Context())
		defer cancel()
		<-ctx.Done()
		wantErr(t, ctx.Err(), context.Canceled)
	})
	bubble.Run(t, "the parent keeps nothing of a group that has ended", func(t *testing.T) {
		home := &countingParent{Context: t.Context(), done: make(chan struct{})}
		for range 10 {
			g := skein.New(home)
			g.Go(func(ctx context.Context) error {
				_ = ctx.Done()
				return nil
			})
			wantErr(t, g.Wait(), nil)
		}
		if home.registered.Load() != home.stopped.Load() || home.registered.Load() == 0 {
			t.Errorf("%d registered with the parent, %d gone", home.registered.Load(), home.stopped.Load())
		}
	})
}

// countingParent counts what package context registers with a parent that has
// an AfterFunc method.
type countingParent struct {
	context.Context

	done                chan struct{}
	registered, stopped atomic.Int64
}

func (c *countingParent) Done() <-chan struct{} { return c.done }

func (c *countingParent) Value(any) any { return nil }

func (c *countingParent) AfterFunc(func()) (stop func() bool) {
	c.registered.Add(1)
	return func() bool {
		c.stopped.Add(1)
		return true
	}
}
