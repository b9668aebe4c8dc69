package skein_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// source yields 0 to n-1, or for ever if n is negative, and says how far it is.
type source struct {
	n      int
	every  time.Duration // between two items
	taken  atomic.Int64  // items that it has begun to yield
	closed atomic.Bool   // its defers have run
}

func (s *source) items(yield func(int) bool) {
	defer s.closed.Store(true)
	for i := 0; i != s.n; i++ {
		if s.every > 0 {
			<-time.After(s.every)
		}
		s.taken.Store(int64(i) + 1)
		if !yield(i) {
			return
		}
	}
}

func (s *source) wantClosed(t *testing.T) {
	t.Helper()
	if !s.closed.Load() {
		t.Error("the source has not ended")
	}
}

func TestEachSeq(t *testing.T) {
	bothWays(t, "every item is visited once", func(t *testing.T) {
		for _, n := range []int{0, 1, 2, 3, 63, 64, 65, 129, 3000} {
			for _, opts := range [][]skein.Option{nil, {skein.Limit(1)}, {skein.Limit(2)}, {skein.Limit(50), skein.Backlog(3)}, {skein.Limit(0)}, {skein.Limit(0), skein.Backlog(0)}, {skein.Name("feed"), skein.KeepGoing()}} {
				visits := make([]atomic.Int64, n)
				s := &source{n: n}
				err := skein.EachSeq(t.Context(), s.items, func(_ context.Context, i int) error {
					visits[i].Add(1)
					return nil
				}, opts...)
				wantErr(t, err, nil)
				s.wantClosed(t)
				for i := range visits {
					if v := visits[i].Load(); v != 1 {
						t.Errorf("%d items: item %d was visited %d times", n, i, v)
					}
				}
			}
		}
	})
	bubble.Outside(t, "on the real clock, as items become dear and cheap again", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		visits := make([]atomic.Int64, 30_000)
		err := skein.EachSeq(t.Context(), slices.Values(upTo(len(visits))), func(_ context.Context, i int) error {
			for range 3000 * (i / 10_000 % 2) {
				runtime.KeepAlive(i)
			}
			visits[i].Add(1)
			return nil
		})
		wantErr(t, err, nil)
		for i := range visits {
			if v := visits[i].Load(); v != 1 {
				t.Errorf("item %d was visited %d times", i, v)
			}
		}
	})
	bothWays(t, "the calls see the caller's context, done when EachSeq has returned", func(t *testing.T) {
		type key struct{}
		var kept atomic.Value
		for _, opts := range [][]skein.Option{nil, {skein.Limit(3)}} {
			err := skein.EachSeq(context.WithValue(t.Context(), key{}, 1), slices.Values(upTo(9)), func(ctx context.Context, i int) error {
				kept.Store(ctx)
				if ctx.Value(key{}) != 1 || ctx.Err() != nil {
					t.Errorf("item %d: value %v, error %v", i, ctx.Value(key{}), ctx.Err())
				}
				return nil
			}, opts...)
			wantErr(t, err, nil)
			if err := kept.Load().(context.Context).Err(); err != context.Canceled {
				t.Errorf("the context's error is %v after the end", err)
			}
		}
	})
	bothWays(t, "calls may be nested, over a sequence in a sequence", func(t *testing.T) {
		var ran atomic.Int64
		err := skein.EachSeq(t.Context(), slices.Values(upTo(10)), func(ctx context.Context, _ int) error {
			return skein.EachSeq(ctx, slices.Values(upTo(10)), func(context.Context, int) error {
				<-time.After(time.Second)
				ran.Add(1)
				return nil
			}, skein.Limit(2))
		}, skein.Limit(2))
		wantErr(t, err, nil)
		if ran.Load() != 100 {
			t.Errorf("%d items ran", ran.Load())
		}
	})
	bubble.Run(t, "what makes no sense panics", func(t *testing.T) {
		nothing := func(context.Context, int) error { return nil }
		wantPanic(t, "skein: nil sequence", func() { _ = skein.EachSeq(t.Context(), nil, nothing) })
		wantPanic(t, "skein: nil function", func() { _ = skein.EachSeq(t.Context(), slices.Values(upTo(1)), nil) })
		wantPanic(t, "skein: nil context", func() { _ = skein.EachSeq(nilContext, slices.Values(upTo(1)), nothing) })
		wantPanic(t, "skein: EachSeq cannot honour Dedicated", func() {
			_ = skein.EachSeq(t.Context(), slices.Values(upTo(1)), nothing, skein.Dedicated())
		})
	})
}

func TestEachSeqLimits(t *testing.T) {
	for _, limit := range []int{2, 3, 20} {
		bothWays(t, fmt.Sprintf("%d run at the same time, no more and no less", limit), func(t *testing.T) {
			for _, opts := range [][]skein.Option{nil, {skein.Backlog(0)}, {skein.Backlog(1000)}, {skein.Name("feed")}, {skein.KeepGoing()}} {
				var c tide
				start := time.Now()
				f := c.task(time.Second)
				err := skein.EachSeq(t.Context(), slices.Values(upTo(5*limit)), func(ctx context.Context, _ int) error { return f(ctx) }, append(opts, skein.Limit(limit))...)
				wantErr(t, err, nil)
				if d := time.Since(start); d != 5*time.Second || c.high.Load() != int64(limit) {
					t.Errorf("%d at a time, took %v; want %d and 5s", c.high.Load(), d, limit)
				}
			}
		})
	}
	bothWays(t, "by default as many as there are processors, when two have shown that it is worth it", func(t *testing.T) {
		procs := runtime.GOMAXPROCS(0)
		var c tide
		start := time.Now()
		f := c.task(time.Second)
		err := skein.EachSeq(t.Context(), slices.Values(upTo(2+8*procs)), func(ctx context.Context, _ int) error { return f(ctx) })
		wantErr(t, err, nil)
		if d := time.Since(start); procs > 1 && (d < 9*time.Second || d > 10*time.Second || c.high.Load() != int64(procs)) {
			t.Errorf("%d at a time, took %v; want %d and 10s", c.high.Load(), d, procs)
		}
	})
	bothWays(t, "cheap items that become dear are run by several", func(t *testing.T) {
		procs := runtime.GOMAXPROCS(0)
		start := time.Now()
		err := skein.EachSeq(t.Context(), slices.Values(upTo(1000+100*procs)), func(_ context.Context, i int) error {
			if i >= 1000 {
				<-time.After(time.Second)
			}
			return nil
		})
		wantErr(t, err, nil)
		if d := time.Since(start); procs > 1 && d > (100+66)*time.Second {
			t.Errorf("took %v", d)
		}
	})
	// ahead is how many items have been taken while those that run are stuck.
	ahead := func(t *testing.T, opts ...skein.Option) int64 {
		t.Helper()
		s := &source{n: -1}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- skein.EachSeq(ctx, s.items, func(ctx context.Context, _ int) error { <-ctx.Done(); return nil }, opts...)
		}()
		synctest.Wait()
		taken := s.taken.Load()
		cancel()
		wantErr(t, <-ended, context.Canceled)
		s.wantClosed(t)
		return taken
	}
	for _, row := range []struct {
		name string
		want int64 // those that run, those that wait, and the one that is offered
		opts []skein.Option
	}{
		{"the limit again", 4 + 4 + 1, []skein.Option{skein.Limit(4)}},
		{"a backlog", 4 + 10 + 1, []skein.Option{skein.Limit(4), skein.Backlog(10)}},
		{"no backlog", 4 + 0 + 1, []skein.Option{skein.Limit(4), skein.Backlog(0)}},
		{"no limit", 1024 + 1, []skein.Option{skein.Limit(0)}},
		{"no limit but a backlog", 10 + 1, []skein.Option{skein.Limit(0), skein.Backlog(10)}},
	} {
		bothWays(t, "so far the source runs ahead: "+row.name, func(t *testing.T) {
			if n := ahead(t, row.opts...); n != row.want {
				t.Errorf("%d items were taken, want %d", n, row.want)
			}
		})
	}
	bothWays(t, "items start at once when the source is slow", func(t *testing.T) {
		s := &source{n: 20, every: time.Minute}
		start := time.Now()
		err := skein.EachSeq(t.Context(), s.items, func(_ context.Context, i int) error {
			if d := time.Since(start); d != time.Duration(i+1)*time.Minute {
				t.Errorf("item %d started after %v", i, d)
			}
			<-time.After(time.Second)
			return nil
		}, skein.Limit(3))
		wantErr(t, err, nil)
	})
	bubble.Run(t, "one at a time need no other goroutine", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		me := goroutineID()
		err := skein.EachSeq(t.Context(), slices.Values(upTo(100)), func(context.Context, int) error {
			if goroutineID() != me {
				t.Error("an item ran on another goroutine")
			}
			return nil
		}, skein.Limit(1))
		wantErr(t, err, nil)
	})
	bothWays(t, "one at a time go in order", func(t *testing.T) {
		var order []int
		err := skein.EachSeq(t.Context(), slices.Values(upTo(300)), func(_ context.Context, i int) error {
			order = append(order, i)
			return nil
		}, skein.Limit(1))
		wantErr(t, err, nil)
		if !slices.Equal(order, upTo(300)) {
			t.Errorf("the order is %v", order)
		}
	})
}

func TestEachSeqErrors(t *testing.T) {
	bothWays(t, "after the first error nothing starts and nothing is taken", func(t *testing.T) {
		for _, opts := range [][]skein.Option{nil, {skein.Limit(1)}, {skein.Name("feed"), skein.Limit(1), skein.Backlog(0)}} {
			var ran atomic.Int64
			s := &source{n: -1}
			err := skein.EachSeq(t.Context(), s.items, func(_ context.Context, i int) error {
				if ran.Add(1); i == 500 {
					return errBoom
				}
				return nil
			}, opts...)
			item := wantItem(t, err, 500)
			wantErr(t, item.Err, errBoom)
			s.wantClosed(t)
			if n := ran.Load(); len(opts) > 0 && n != 501 || n > 501+int64(runtime.GOMAXPROCS(0)) {
				t.Errorf("%d items started", n)
			}
		}
	})
	bothWays(t, "with several at a time, the first to fail wins", func(t *testing.T) {
		s := &source{n: -1}
		start := time.Now()
		err := skein.EachSeq(t.Context(), s.items, func(ctx context.Context, i int) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(10-i) * time.Second):
				return errItem(i)
			}
		}, skein.Limit(5))
		wantItem(t, err, 4)
		s.wantClosed(t)
		if d := time.Since(start); d != 6*time.Second {
			t.Errorf("took %v", d)
		}
	})
	bothWays(t, "a source that sleeps learns it when it yields", func(t *testing.T) {
		s := &source{n: -1, every: time.Minute}
		start := time.Now()
		err := skein.EachSeq(t.Context(), s.items, func(_ context.Context, i int) error {
			<-time.After(time.Second)
			return errBoom
		}, skein.Limit(3))
		wantItem(t, err, 0)
		s.wantClosed(t)
		if d := time.Since(start); d != 2*time.Minute {
			t.Errorf("took %v", d)
		}
	})
	bothWays(t, "it keeps going, and errors come in order", func(t *testing.T) {
		for _, opt := range []skein.Option{skein.Limit(1), skein.Limit(7), skein.Limit(0), skein.Name("feed")} {
			err := skein.EachSeq(t.Context(), slices.Values(upTo(200)), func(_ context.Context, i int) error {
				<-time.After(time.Duration(200-i) * time.Millisecond)
				if i%90 == 3 {
					return errItem(i)
				}
				return nil
			}, skein.KeepGoing(), opt)
			if want := "item 3: boom of 3\nitem 93: boom of 93\nitem 183: boom of 183"; err == nil || err.Error() != want {
				t.Errorf("got error %v, want %v", err, want)
			}
		}
	})
	bubble.Run(t, "also those of items that the caller ran", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		err := skein.EachSeq(t.Context(), slices.Values(upTo(200)), func(_ context.Context, i int) error {
			if i >= 100 {
				<-time.After(time.Duration(300-i) * time.Second)
			}
			if i%50 == 7 {
				return errItem(i)
			}
			return nil
		}, skein.KeepGoing())
		if want := "item 7: boom of 7\nitem 57: boom of 57\nitem 107: boom of 107\nitem 157: boom of 157"; err == nil || err.Error() != want {
			t.Errorf("got error %v, want %v", err, want)
		}
	})
	bothWays(t, "a context that is done ends it, with its cause", func(t *testing.T) {
		errEnough := errors.New("enough")
		for _, opts := range [][]skein.Option{nil, {skein.Limit(1)}, {skein.Limit(3)}, {skein.Limit(3), skein.KeepGoing()}, {skein.Limit(3), skein.Backlog(0)}} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 2500*time.Millisecond, errEnough)
			s := &source{n: -1}
			start := time.Now()
			err := skein.EachSeq(ctx, s.items, func(ctx context.Context, i int) error {
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
				return ctx.Err()
			}, opts...)
			cancel()
			wantErr(t, err, errEnough)
			s.wantClosed(t)
			if d := time.Since(start); d != 2500*time.Millisecond {
				t.Errorf("took %v", d)
			}
			s = &source{n: -1}
			wantErr(t, skein.EachSeq(ctx, s.items, func(context.Context, int) error { return nil }, opts...), errEnough)
			if s.taken.Load() != 0 {
				t.Error("an item was taken")
			}
		}
	})
	bothWays(t, "cheap items too", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ran := 0
		s := &source{n: -1}
		err := skein.EachSeq(ctx, s.items, func(_ context.Context, i int) error {
			if ran++; i == 1000 {
				cancel()
			}
			return nil
		}, skein.Limit(1))
		wantErr(t, err, context.Canceled)
		if ran != 1001 {
			t.Errorf("%d items ran", ran)
		}
	})
}

func TestPanicsAndGoexitsOfEachSeq(t *testing.T) {
	for name, opts := range map[string][]skein.Option{
		"by default":    nil,
		"one at a time": {skein.Limit(1)},
		"several":       {skein.Limit(3)},
		"keep going":    {skein.Limit(3), skein.KeepGoing()},
		"on workers":    {skein.Name("feed")},
	} {
		bothWays(t, "an item's panic comes out, and the source ends, "+name, func(t *testing.T) {
			s := &source{n: -1}
			p := panicOf(t, func() error {
				return skein.EachSeq(t.Context(), s.items, func(ctx context.Context, i int) error {
					if i == 20 {
						explode(i)
					}
					return ctx.Err()
				}, opts...)
			})
			s.wantClosed(t)
			if p.Name != "item 20" || !errors.Is(p, fs.ErrInvalid) || p.Err != nil {
				t.Errorf("got panic %v", p)
			}
		})
		bothWays(t, "a panic of the source goes on when all have ended, "+name, func(t *testing.T) {
			var running, ran atomic.Int64
			v := thrown(func() {
				_ = skein.EachSeq(t.Context(), func(yield func(int) bool) {
					for i := range 2 {
						yield(i)
					}
					<-time.After(1500 * time.Millisecond)
					panic("the end of the file is missing")
				}, func(ctx context.Context, i int) error {
					ran.Add(1)
					running.Add(1)
					defer running.Add(-1)
					<-time.After(time.Second)
					return nil
				}, opts...)
			})
			if v != "the end of the file is missing" || running.Load() != 0 || ran.Load() != 2 {
				t.Errorf("got panic %v, %d run on of %d", v, running.Load(), ran.Load())
			}
		})
		bothWays(t, "and those that run are cancelled, "+name, func(t *testing.T) {
			v := thrown(func() {
				_ = skein.EachSeq(t.Context(), func(yield func(int) bool) {
					yield(0)
					yield(1)
					panic("the end of the file is missing")
				}, func(ctx context.Context, i int) error {
					if i == 1 && (name == "several" || name == "keep going") {
						<-ctx.Done()
					}
					return nil
				}, opts...)
			})
			if v != "the end of the file is missing" {
				t.Errorf("got panic %v", v)
			}
		})
		bothWays(t, "a Goexit of the source too, "+name, func(t *testing.T) {
			var running atomic.Int64
			ended := make(chan int64)
			go func() {
				defer func() { ended <- running.Load() }()
				_ = skein.EachSeq(t.Context(), func(yield func(int) bool) {
					yield(0)
					runtime.Goexit()
				}, func(ctx context.Context, i int) error {
					running.Add(1)
					defer running.Add(-1)
					<-time.After(time.Minute)
					return nil
				}, opts...)
				t.Error("EachSeq has returned")
			}()
			if n := <-ended; n != 0 {
				t.Errorf("%d items run on", n)
			}
		})
	}
	bothWays(t, "a worker's Goexit is an error", func(t *testing.T) {
		for _, opts := range [][]skein.Option{{skein.Name("feed")}, {skein.Limit(3)}} {
			s := &source{n: -1}
			err := skein.EachSeq(t.Context(), s.items, func(ctx context.Context, i int) error {
				if i == 20 {
					runtime.Goexit()
				}
				return nil
			}, opts...)
			item := wantItem(t, err, 20)
			wantErr(t, item.Err, skein.ErrGoexit)
			s.wantClosed(t)
		}
	})
	bubble.Run(t, "on the calling goroutine it ends that", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		s := &source{n: -1}
		ended := make(chan bool)
		go func() {
			defer close(ended)
			_ = skein.EachSeq(t.Context(), s.items, quitFirst)
			t.Error("EachSeq has returned")
		}()
		<-ended
		s.wantClosed(t)
	})
	bothWays(t, "a source that goes on after it was told to end gets nowhere", func(t *testing.T) {
		var ran atomic.Int64
		var later func(int) bool
		_ = skein.EachSeq(t.Context(), func(yield func(int) bool) { later = yield }, quitFirst)
		if later(1) {
			t.Error("an item is taken after the end")
		}
		err := skein.EachSeq(t.Context(), func(yield func(int) bool) {
			later = yield
			for i := range 1000 {
				if !yield(i) && ran.Load() > 1 {
					t.Error("an item ran")
				}
			}
		}, func(context.Context, int) error {
			ran.Add(1)
			return errBoom
		}, skein.Limit(1))
		wantItem(t, err, 0)
		if later(1) || ran.Load() != 1 {
			t.Errorf("%d items ran", ran.Load())
		}
	})
	bothWays(t, "no item starts when f has ended the call, though the source yields in what it deferred", func(t *testing.T) {
		for _, end := range []func(){runtime.Goexit, func() { panic("in f") }} {
			for _, opts := range [][]skein.Option{nil, {skein.Limit(1)}, {skein.Limit(3)}, {skein.Name("feed")}} {
				var after atomic.Int32
				f := func(_ context.Context, i int) error {
					switch i {
					case 2:
						end()
					case 7:
						after.Add(1)
					}
					return nil
				}
				source := func(yield func(int) bool) {
					defer func() {
						if yield(7) {
							t.Error("an item is still taken")
						}
					}()
					for i := 0; i < 5 && yield(i); i++ {
						synctest.Wait()
					}
				}
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					_ = thrown(func() { _ = skein.EachSeq(t.Context(), source, f, opts...) })
				}()
				<-ended
				if n := after.Load(); n != 0 {
					t.Errorf("f was called %d times after the end", n)
				}
			}
		}
	})
	t.Run("with CrashOnPanic the program ends at once", func(t *testing.T) {
		wantCrash(t, func() {
			defer func() { _ = recover() }()
			_ = skein.EachSeq(context.Background(), slices.Values(upTo(9)), func(_ context.Context, i int) error {
				if i == 7 {
					explode(i)
				}
				return nil
			}, skein.CrashOnPanic())
		}, "decode item 7: invalid argument")
	})
}

func quitFirst(ctx context.Context, _ int) error { return quit(ctx) }

func TestEachSeqShowsItsWorkers(t *testing.T) {
	bothWays(t, "to an observer", func(t *testing.T) {
		var outcomes [11]skein.Outcome
		err := skein.EachSeq(t.Context(), slices.Values(upTo(10)), func(_ context.Context, i int) error {
			if i == 3 {
				return errBoom
			}
			return nil
		}, skein.KeepGoing(), skein.Observe(func(e skein.Event) { outcomes[e.Worker] = e.Outcome }))
		wantItem(t, err, 3)
		for n, outcome := range outcomes[1:] {
			if want := map[bool]skein.Outcome{true: skein.Failed, false: skein.Succeeded}[n == 3]; outcome != want {
				t.Errorf("item %d has %v, want %v", n, outcome, want)
			}
		}
	})
	bothWays(t, "in a snapshot, with numbers that go on from those that the caller has run", func(t *testing.T) {
		if runtime.GOMAXPROCS(0) == 1 {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
		}
		var s skein.Snapshot
		err := skein.EachSeq(t.Context(), slices.Values(upTo(5)), func(_ context.Context, i int) error {
			<-time.After(time.Duration(1+i) * time.Second)
			if i == 3 {
				s = process()
			}
			return nil
		})
		wantErr(t, err, nil)
		for _, g := range s.Groups {
			for _, w := range g.Workers {
				if w.Number == 5 && g.Succeeded >= 2 { // the last of five
					return
				}
			}
		}
		t.Errorf("got %v", s)
	})
	bothWays(t, "when they are stuck, and the source waits for them", func(t *testing.T) {
		start := time.Now()
		var first atomic.Int64
		reports := make(chan skein.Report, 10)
		report := func(r skein.Report) {
			first.CompareAndSwap(0, int64(time.Since(start)))
			reports <- r
		}
		_, _, line, _ := runtime.Caller(0)
		err := skein.EachSeq(t.Context(), slices.Values(upTo(10)), func(context.Context, int) error { // line + 1
			<-time.After(time.Minute)
			return nil
		}, skein.Limit(2), skein.Backlog(0), skein.StuckAfter(40*time.Second, report))
		wantErr(t, err, nil)
		if r := <-reports; r.Line != line+1 || len(r.Group.Workers) != 2 || first.Load() > int64(50*time.Second) {
			t.Errorf("reported %v, after %v", r, time.Duration(first.Load()))
		}
	})
}

// Whether items are worth goroutines is found out while the caller runs them.
func TestWorth(t *testing.T) {
	// run tells how many of n items that take d each are timed, and after how
	// many they are worth it; 0: they are not.
	run := func(w *skein.Worth, n int, d time.Duration) (timed, found int) {
		for i := range n {
			if !w.Looks() {
				<-time.After(d)
				continue
			}
			timed++
			<-time.After(d)
			if w.Took(d) {
				return timed, i + 1
			}
		}
		return timed, 0
	}
	for _, row := range []struct {
		takes        time.Duration
		timed, found int
	}{
		{0, 64, 0},
		{150, 64, 0},
		{180, 64, 0}, // ten microseconds in all, and yet none is worth it
		{200, 51, 51},
		{1000, 11, 11},
		{time.Second, 2, 2},
	} {
		bubble.Run(t, fmt.Sprintf("a thousand of %v", row.takes), func(t *testing.T) {
			timed, found := run(new(skein.Worth), 1000, row.takes)
			if timed != row.timed || found != row.found {
				t.Errorf("%d were timed, and worth it after %d; want %d and %d", timed, found, row.timed, row.found)
			}
		})
	}
	bubble.Run(t, "cheap ones, and then dear ones", func(t *testing.T) {
		w := new(skein.Worth)
		run(w, 1000, 0)
		if _, found := run(w, 1000, time.Millisecond); found == 0 || found > 67 {
			t.Errorf("found out after %d", found)
		}
	})
	bubble.Run(t, "one that took long is no reason", func(t *testing.T) {
		w := new(skein.Worth)
		for i := range 1000 {
			d := 10 * time.Nanosecond
			if i == 5 {
				d = time.Second // somebody else had the processor
			}
			if w.Looks() && w.Took(d) {
				t.Fatalf("item %d was one", i)
			}
		}
	})
	bubble.Run(t, "a slow source is no reason", func(t *testing.T) {
		w := new(skein.Worth)
		for range 1000 {
			<-time.After(time.Second)
			if w.Looks() && w.Took(100*time.Nanosecond) {
				t.Fatal("it was one")
			}
		}
	})
}

func TestModelOfEachSeq(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for round := range 40 {
		seed := seed + uint64(round)
		bothWays(t, fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			n, bad := r.IntN(400), map[int]bool{}
			for range r.IntN(4) {
				bad[r.IntN(400)] = true
			}
			opts := []skein.Option{skein.KeepGoing()}
			for _, o := range []skein.Option{skein.Limit(r.IntN(6)), skein.Backlog(r.IntN(6)), skein.Name("model")} {
				if r.IntN(2) == 0 {
					opts = append(opts, o)
				}
			}
			s := &source{n: n, every: time.Duration(r.IntN(2)*r.IntN(10)) * time.Millisecond}
			takes := time.Duration(r.IntN(2)*r.IntN(20)) * time.Millisecond
			visits := make([]atomic.Int64, n)
			err := skein.EachSeq(t.Context(), s.items, func(_ context.Context, i int) error {
				visits[i].Add(1)
				if takes > 0 && i%3 == 0 {
					<-time.After(takes)
				}
				if bad[i] {
					return errItem(i)
				}
				return nil
			}, opts...)
			var want []error
			for i := range visits {
				if v := visits[i].Load(); v != 1 {
					t.Errorf("item %d was visited %d times", i, v)
				}
				if bad[i] {
					want = append(want, &skein.ItemError{Index: i, Err: errItem(i)})
				}
			}
			if fmt.Sprint(err) != fmt.Sprint(joined(want)) {
				t.Errorf("got error %v, want %v", err, joined(want))
			}
		})
	}
}
