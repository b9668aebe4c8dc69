package skein_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestAGroupKeepsNothing(t *testing.T) {
	// Only the garbage collector tells, and it works in real time.
	bubble.Outside(t, "of a task that has ended", func(t *testing.T) {
		var g skein.Group
		gone := heldBy(func(hold func()) { g.Go(func(context.Context) error { hold(); return nil }) })
		end := make(chan struct{})
		g.Go(until(end))
		wantGone(t, gone)
		close(end)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Outside(t, "of tasks that are skipped", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		end := make(chan struct{})
		g.Go(until(end))
		gone := heldBy(func(hold func()) { g.Go(func(context.Context) error { hold(); return nil }) })
		for g.Stats().Running == 0 {
			runtime.Gosched()
		}
		g.Cancel(errBoom)
		wantGone(t, gone)
		close(end)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Outside(t, "of a child whose Wait has returned", func(t *testing.T) {
		var g skein.Group
		gone := func() weak.Pointer[skein.Group] {
			child := g.Group()
			child.Go(boom)
			wantErr(t, child.Wait(), errBoom)
			return weak.Make(child)
		}()
		wantGone(t, gone)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Outside(t, "and the parent context keeps nothing of it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		gone := func() weak.Pointer[skein.Group] {
			g := skein.New(ctx)
			g.Go(func(ctx context.Context) error {
				_ = ctx.Done()
				return nil
			})
			wantErr(t, g.Wait(), nil)
			return weak.Make(g)
		}()
		wantGone(t, gone)
	})
}

// heldBy lets submit give away a closure that holds an object, and nothing
// else does.
func heldBy(submit func(hold func())) weak.Pointer[[64]byte] {
	object := new([64]byte)
	submit(func() { object[0]++ })
	return weak.Make(object)
}

func wantGone[T any](t *testing.T, p weak.Pointer[T]) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); p.Value() != nil; runtime.GC() {
		if time.Now().After(deadline) {
			t.Error("it is still there")
			return
		}
	}
}

func TestAllAtOnce(t *testing.T) {
	bubble.Run(t, "two groups may wait for one another's ends by their contexts", func(t *testing.T) {
		a, b := skein.New(t.Context()), skein.New(t.Context())
		a.Go(func(context.Context) error { <-b.Context().Done(); return nil })
		b.Go(func(context.Context) error { <-a.Context().Done(); return nil })
		context.AfterFunc(a.Context(), func() { b.Cancel(context.Cause(a.Context())) })
		synctest.Wait()
		a.Cancel(errBoom)
		wantErr(t, a.Wait(), errBoom)
		wantErr(t, b.Wait(), errBoom)
	})
	bubble.Run(t, "a task may wait for another group, and for a child of its own", func(t *testing.T) {
		var g, other skein.Group
		other.Go(lasting(time.Second, nil))
		g.Go(func(context.Context) error {
			child := g.Group(skein.KeepGoing())
			for range 3 {
				child.Go(boom)
			}
			return errors.Join(other.Wait(), child.Wait())
		})
		if err := g.Wait(); !errors.Is(err, errBoom) {
			t.Errorf("got %v", err)
		}
	})
	bubble.Run(t, "a task that waits for its own group is named by those who give up", func(t *testing.T) {
		var g skein.Group
		ctx, cancel := context.WithCancel(t.Context())
		g.GoNamed("ouroboros", func(context.Context) error {
			var still *skein.StillRunning
			if err := g.WaitContext(ctx); !errors.As(err, &still) || still.Workers[0].Name != "ouroboros" {
				t.Errorf("got %v", err)
			}
			return nil
		})
		synctest.Wait()
		cancel()
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "cleaning up may submit: a deferred Go in a task that panics or calls Goexit", func(t *testing.T) {
		for _, f := range []task{quit, burst("cat")} {
			g := skein.New(t.Context(), skein.KeepGoing())
			var cleaned atomic.Int64
			g.Go(func(ctx context.Context) error {
				defer g.Go(func(context.Context) error {
					cleaned.Add(1)
					return nil
				})
				return f(ctx)
			})
			_ = thrown(func() { _ = g.Wait() })
			if s := g.Stats(); s.Running+s.Queued != 0 || int64(s.Succeeded) != cleaned.Load() || s.Succeeded+s.Skipped != 1 {
				t.Errorf("stats %+v", s)
			}
		}
	})
	bubble.Run(t, "the cause may be an error that cannot be compared", func(t *testing.T) {
		cause := many{errBoom}
		g := skein.New(t.Context())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		})
		synctest.Wait()
		g.Cancel(cause)
		var got many
		if err := g.Wait(); !errors.As(err, &got) || got[0] != errBoom {
			t.Errorf("got %v", err)
		}
	})
	bubble.Run(t, "an error that cannot be compared comes back", func(t *testing.T) {
		var g skein.Group
		g.Go(untilDone)
		g.Go(fail(many{errBoom}))
		var got many
		if err := g.Wait(); !errors.As(err, &got) || got[0] != errBoom {
			t.Errorf("got %v", err)
		}
	})
}
