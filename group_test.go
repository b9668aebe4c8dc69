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

func TestGroupWaitsForItsTasks(t *testing.T) {
	bubble.Run(t, "Wait returns nil when all have succeeded, and not before", func(t *testing.T) {
		g := skein.New(t.Context())
		start := time.Now()
		for i := range 10 {
			if !g.Go(lasting(time.Duration(i)*time.Second, nil)) {
				t.Fatal("Go reported false")
			}
		}
		wantErr(t, g.Wait(), nil)
		if d := time.Since(start); d != 9*time.Second {
			t.Errorf("Wait returned after %v, want 9s", d)
		}
	})
	bubble.Run(t, "a group without a task ends well", func(t *testing.T) {
		wantErr(t, skein.New(t.Context()).Wait(), nil)
	})
	bubble.Run(t, "a zero group works", func(t *testing.T) {
		var g skein.Group
		var n atomic.Int64
		for range 100 {
			g.GoNamed("cat.jpg", func(context.Context) error {
				n.Add(1)
				return nil
			})
		}
		g.TryGo(boom)
		wantErr(t, g.Wait(), errBoom)
		if n.Load() != 100 {
			t.Errorf("%d tasks ran, want 100", n.Load())
		}
	})
	bubble.Run(t, "everything about a zero group can be asked before it is used", func(t *testing.T) {
		var g skein.Group
		if g.Len() != 0 || g.Stats() != (skein.Stats{}) || g.Context().Err() != nil {
			t.Error("an unused group has a past")
		}
		var cancelled skein.Group
		cancelled.Cancel(errBoom)
		wantErr(t, cancelled.Wait(), errBoom)
		var limited skein.Group
		limited.SetLimit(1)
		limited.Go(succeed)
		wantErr(t, limited.Wait(), nil)
		var parent skein.Group
		parent.Group().Go(boom)
		wantErr(t, parent.Wait(), errBoom)
		var ended skein.Group
		wantErr(t, ended.WaitContext(t.Context()), nil)
	})
	bubble.Run(t, "a task may submit to its own group", func(t *testing.T) {
		var g skein.Group
		var n atomic.Int64
		var grow func(depth int) task
		grow = func(depth int) task {
			return func(context.Context) error {
				n.Add(1)
				if depth > 0 {
					g.Go(grow(depth - 1))
					g.Go(grow(depth - 1))
				}
				return nil
			}
		}
		g.Go(grow(9))
		wantErr(t, g.Wait(), nil)
		if n.Load() != 1023 {
			t.Errorf("%d tasks ran, want 1023", n.Load())
		}
	})
	bubble.Run(t, "tasks submitted by many goroutines are all counted", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(3))
		var n atomic.Int64
		var submitters sync.WaitGroup
		for range 20 {
			submitters.Go(func() {
				for range 50 {
					g.Go(func(context.Context) error {
						n.Add(1)
						return nil
					})
				}
			})
		}
		submitters.Wait()
		wantErr(t, g.Wait(), nil)
		if s := g.Stats(); n.Load() != 1000 || s != (skein.Stats{Succeeded: 1000}) {
			t.Errorf("%d tasks ran, stats %+v, want 1000", n.Load(), s)
		}
	})
}

func TestGroupFailsFast(t *testing.T) {
	bubble.Run(t, "a failing task stops its siblings", func(t *testing.T) {
		g := skein.New(t.Context())
		for range 10 {
			g.Go(untilDone)
		}
		g.Go(boom)
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Failed: 1, Cancelled: 10}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "the first failure is returned, as it is", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(lasting(2*time.Second, fmt.Errorf("second: %w", errBoom)))
		g.Go(lasting(time.Second, errBoom))
		wantErr(t, g.Wait(), errBoom)
		wantErr(t, context.Cause(g.Context()), errBoom)
	})
	bubble.Run(t, "no task starts after a failure", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		g.Go(lasting(time.Second, errBoom))
		for range 100 {
			g.Go(func(context.Context) error {
				t.Error("a task started after the failure")
				return nil
			})
		}
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Failed: 1, Skipped: 100}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "Go and TryGo report false after a failure and never call their task", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(boom)
		<-g.Context().Done()
		never := func(context.Context) error {
			t.Error("a refused task ran")
			return nil
		}
		if g.Go(never) || g.GoNamed("cat.jpg", never) || g.TryGo(never) {
			t.Error("a task was accepted after a failure")
		}
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "an error that looks like a cancellation is a failure where nothing was cancelled", func(t *testing.T) {
		for _, err := range []error{context.Canceled, context.DeadlineExceeded} {
			g := skein.New(t.Context())
			g.Go(fail(err))
			wantErr(t, g.Wait(), err)
			if s := g.Stats(); s.Failed != 1 {
				t.Errorf("stats %+v", s)
			}
		}
	})
	bubble.Run(t, "a failure after a cancellation is the group's error", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return errBoom
		})
		synctest.Wait()
		g.Cancel(nil)
		wantErr(t, g.Wait(), errBoom)
	})
}

func TestGoexitIsAnError(t *testing.T) {
	for _, limit := range []int{0, 1, 2} {
		bubble.Run(t, fmt.Sprintf("one task that calls Goexit fails its group, limit %d", limit), func(t *testing.T) {
			g := skein.New(t.Context(), skein.Limit(limit))
			g.Go(succeed)
			g.Go(quit)
			g.Go(succeed)
			wantErr(t, g.Wait(), skein.ErrGoexit)
			wantErr(t, context.Cause(g.Context()), skein.ErrGoexit)
		})
		bubble.Run(t, fmt.Sprintf("every one of 50 tasks that call Goexit is counted out, limit %d", limit), func(t *testing.T) {
			g := skein.New(t.Context(), skein.Limit(limit), skein.KeepGoing())
			for range 50 {
				g.Go(quit)
			}
			want := make([]error, 50)
			for i := range want {
				want[i] = skein.ErrGoexit
			}
			wantErrs(t, g.Wait(), want...)
			if s := g.Stats(); s != (skein.Stats{Goexited: 50}) {
				t.Errorf("stats %+v", s)
			}
		})
	}
	bubble.Run(t, "a Goexit in a deferred call of a panicking task is a Goexit", func(t *testing.T) {
		var g skein.Group
		g.Go(func(context.Context) error {
			defer runtime.Goexit()
			panic("taken back")
		})
		wantErr(t, g.Wait(), skein.ErrGoexit)
	})
}

func TestMisuseOfAGroupPanics(t *testing.T) {
	bubble.Run(t, "at the call", func(t *testing.T) {
		//lint:ignore SA1012 the misuse under test
		wantPanic(t, "skein: nil context", func() { skein.New(nil) })
		var g skein.Group
		wantPanic(t, "skein: nil function", func() { g.Go(nil) })
		wantPanic(t, "skein: negative limit", func() { g.SetLimit(-1) })
		wantPanic(t, "skein: negative limit", func() { skein.Limit(-1) })
		wantPanic(t, "skein: negative backlog", func() { skein.Backlog(-1) })
		wantPanic(t, "skein: KeepGoing and FirstSuccess exclude each other", func() {
			skein.New(t.Context(), skein.FirstSuccess(), skein.KeepGoing())
		})
		g.Go(succeed)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "a repeated option is none: the last holds", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.KeepGoing(), skein.Limit(0), skein.KeepGoing(), skein.Option{})
		g.Go(untilDone)
		g.Go(func(context.Context) error {
			g.Cancel(errBoom)
			return nil
		})
		wantErr(t, g.Wait(), errBoom)
	})
}

func TestAHundredThousandBlockedTasks(t *testing.T) {
	bubble.Run(t, "all start, although none ends, and all are counted", func(t *testing.T) {
		many := int64(100_000)
		if skein.RaceEnabled {
			many /= 10 // the detector takes its time with each
		}
		var g skein.Group
		end := make(chan struct{})
		var started atomic.Int64
		for range many {
			g.Go(func(context.Context) error {
				if started.Add(1) == many {
					close(end)
				}
				<-end
				return nil
			})
		}
		wantErr(t, g.Wait(), nil)
		if s := g.Stats(); s != (skein.Stats{Succeeded: int(many)}) {
			t.Errorf("stats %+v", s)
		}
	})
}
