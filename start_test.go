package skein_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

type starter = func(ctx context.Context, ready func()) error

// readyAfter is ready after d, and runs until it is cancelled.
func readyAfter(d time.Duration) starter {
	return func(ctx context.Context, ready func()) error {
		<-time.After(d)
		ready()
		return untilDone(ctx)
	}
}

// unready ends as f does, and is never ready.
func unready(f task) starter {
	return func(ctx context.Context, _ func()) error { return f(ctx) }
}

func TestStart(t *testing.T) {
	bubble.Run(t, "it returns when the task says that it is ready", func(t *testing.T) {
		g := skein.New(t.Context())
		start := time.Now()
		wantErr(t, g.Start(readyAfter(time.Minute)), nil)
		if d := time.Since(start); d != time.Minute || g.Len() != 1 {
			t.Errorf("after %v, %d run", d, g.Len())
		}
		g.Cancel(nil)
		wantErr(t, g.Wait(), context.Canceled)
	})
	bubble.Run(t, "the task may be ready again and again, from any goroutine, and when it has ended", func(t *testing.T) {
		g := skein.New(t.Context())
		var again func()
		wantErr(t, g.Start(func(_ context.Context, ready func()) error {
			again = ready
			var wg skein.WaitGroup
			for range 10 {
				wg.Go(ready)
			}
			wg.Wait()
			ready()
			return nil
		}), nil)
		wantErr(t, g.Wait(), nil)
		again()
	})
	bubble.Run(t, "a task that is ready and fails at once was ready", func(t *testing.T) {
		g := skein.New(t.Context())
		wantErr(t, g.Start(func(_ context.Context, ready func()) error {
			ready()
			return errBoom
		}), nil)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "what the task wrote before it was ready is seen", func(t *testing.T) {
		g := skein.New(t.Context())
		port := 0
		wantErr(t, g.Start(func(_ context.Context, ready func()) error {
			port = 80
			ready()
			return nil
		}), nil)
		if port != 80 {
			t.Error(port)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "it is a task of the group like any other, and known by its own function", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		wantErr(t, g.Start(lingering), nil)
		if g.TryGo(succeed) {
			t.Error("there was room")
		}
		w := giveUp(t, g).Workers[0]
		if w.Func != "example.com/skein_test.lingering" || !strings.HasSuffix(w.File, "start_test.go") {
			t.Errorf("got %+v", w)
		}
		wantErr(t, g.Wait(), nil)
	})
}

func lingering(_ context.Context, ready func()) error {
	ready()
	<-time.After(time.Hour)
	return nil
}

func TestStartOfWhatEndsUnready(t *testing.T) {
	bubble.Run(t, "it returns the task's error, and the group has failed with it", func(t *testing.T) {
		g := skein.New(t.Context())
		wantErr(t, g.Start(unready(boom)), errBoom)
		if g.Go(succeed) {
			t.Error("the group was not cancelled yet")
		}
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "it has failed when Start returns, however long it takes to book that", func(t *testing.T) {
		slowly := skein.Observe(func(e skein.Event) {
			if e.Outcome != "" {
				<-time.After(time.Second)
			}
		})
		for _, f := range []task{boom, quit, burst("bad")} {
			g := skein.New(t.Context(), slowly)
			if g.Start(unready(f)) == nil || g.Context().Err() == nil {
				t.Error("the group was not cancelled yet")
			}
			_ = thrown(func() { _ = g.Wait() })
		}
		g := skein.New(t.Context(), slowly, skein.KeepGoing()) // a panic cancels every group
		if g.Start(unready(burst("bad"))) == nil || g.Context().Err() == nil {
			t.Error("the group was not cancelled yet")
		}
		_ = panicOf(t, g.Wait)
	})
	bubble.Run(t, "a task that returns nil has failed too", func(t *testing.T) {
		g := skein.New(t.Context())
		wantErr(t, g.Start(unready(succeed)), skein.ErrNotReady)
		wantErr(t, g.Wait(), skein.ErrNotReady)
	})
	bubble.Run(t, "and is no success", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess())
		wantErr(t, g.Start(unready(succeed)), skein.ErrNotReady)
		wantErr(t, g.Start(unready(boom)), errBoom)
		wantErrs(t, g.Wait(), skein.ErrNotReady, errBoom)
	})
	bubble.Run(t, "a group that keeps going does", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing())
		wantErr(t, g.Start(unready(boom)), errBoom)
		wantErr(t, g.Start(unready(quit)), skein.ErrGoexit)
		wantErr(t, g.Start(readyAfter(time.Second)), nil)
		g.Cancel(nil)
		wantErrs(t, g.Wait(), errBoom, skein.ErrGoexit)
	})
	bubble.Run(t, "a Goexit is an error", func(t *testing.T) {
		g := skein.New(t.Context())
		wantErr(t, g.Start(unready(quit)), skein.ErrGoexit)
		wantErr(t, g.Wait(), skein.ErrGoexit)
	})
	bubble.Run(t, "a panic is returned, and thrown by Wait", func(t *testing.T) {
		for _, policy := range []skein.Option{{}, skein.KeepGoing(), skein.FirstSuccess()} {
			g := skein.New(t.Context(), policy)
			err := g.Start(unready(burst(errBoom)))
			var p *skein.PanicError
			if !errors.As(err, &p) || p.Value != errBoom || !strings.Contains(string(p.Stack), ".burst.") {
				t.Errorf("got %v", err)
			}
			if g.Go(succeed) {
				t.Error("the group was not cancelled yet")
			}
			if thrown := panicOf(t, g.Wait); thrown.Value != errBoom || thrown.Name != "worker 1" {
				t.Errorf("got %+v", thrown)
			}
		}
	})
	bubble.Run(t, "a panic after it was ready is Wait's alone", func(t *testing.T) {
		g := skein.New(t.Context())
		wantErr(t, g.Start(func(_ context.Context, ready func()) error {
			ready()
			panic("bad")
		}), nil)
		if p := panicOf(t, g.Wait); p.Value != "bad" {
			t.Errorf("got %v", p.Value)
		}
	})
}

func TestStartAndCancellation(t *testing.T) {
	bubble.Run(t, "a group that is cancelled refuses the task and gives its cause", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Cancel(errBoom)
		wantErr(t, g.Start(readyAfter(0)), errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "so does one whose parent context is done", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		g := skein.New(ctx)
		cancel(errBoom)
		wantErr(t, g.Start(readyAfter(0)), errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "a cancellation ends the wait for a task that is not ready, at once", func(t *testing.T) {
		g := skein.New(t.Context())
		time.AfterFunc(time.Second, func() { g.Cancel(errBoom) })
		start := time.Now()
		wantErr(t, g.Start(unready(lasting(time.Minute, nil))), errBoom)
		if d := time.Since(start); d != time.Second {
			t.Errorf("after %v", d)
		}
		wantErr(t, g.Wait(), skein.ErrNotReady) // not an echo: it has failed by itself
		if d := time.Since(start); d != time.Minute {
			t.Errorf("ended after %v", d)
		}
	})
	bubble.Run(t, "what the task returns then may be an echo: the cause says more", func(t *testing.T) {
		for _, policy := range []skein.Option{{}, skein.KeepGoing()} {
			ctx, cancel := context.WithCancelCause(t.Context())
			g := skein.New(ctx, policy)
			wantErr(t, g.Start(func(ctx context.Context, _ func()) error {
				cancel(errBoom)
				return ctx.Err()
			}), errBoom)
			wantErr(t, g.Wait(), errBoom)
		}
	})
	bubble.Run(t, "a queued task keeps Start waiting, and is skipped by a cancellation", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		g.Go(lasting(time.Minute, nil))
		begin := time.Now()
		wantErr(t, g.Start(func(_ context.Context, ready func()) error {
			ready()
			return lasting(time.Hour, nil)(nil)
		}), nil)
		if d := time.Since(begin); d != time.Minute {
			t.Errorf("after %v", d)
		}
		var late error
		var wg skein.WaitGroup
		wg.Go(func() { late = g.Start(readyAfter(0)) })
		synctest.Wait()
		if g.Stats().Queued != 1 {
			t.Errorf("got %+v", g.Stats())
		}
		g.Cancel(errBoom)
		wg.Wait()
		wantErr(t, late, errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "so is one that Backlog blocks", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Backlog(0))
		g.Go(untilDone)
		time.AfterFunc(time.Second, func() { g.Cancel(errBoom) })
		wantErr(t, g.Start(readyAfter(0)), errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "misuse panics", func(t *testing.T) {
		var g skein.Group
		wantPanic(t, "skein: nil function", func() { _ = g.Start(nil) })
		wantErr(t, g.Wait(), nil)
		if v := thrown(func() { _ = g.Start(readyAfter(0)) }); v == nil {
			t.Error("a group that has ended took a task")
		}
	})
}

func TestStartThatCrashes(t *testing.T) {
	wantCrash(t, func() {
		g := skein.New(context.Background(), skein.CrashOnPanic())
		_ = g.Start(unready(burst("bad")))
	}, "panic: bad", ".burst.")
}
