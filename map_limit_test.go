package skein_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestMapLimits(t *testing.T) {
	// flow counts the items that run at the same time.
	flow := func(c *tide, d time.Duration) func(context.Context, int) (int, error) {
		f := c.task(d)
		return func(ctx context.Context, i int) (int, error) { return 2 * i, f(ctx) }
	}
	for _, limit := range []int{1, 2, 3, 7, 100} {
		bothWays(t, fmt.Sprintf("%d run at the same time, no more and no less", limit), func(t *testing.T) {
			for _, opts := range [][]skein.Option{nil, {skein.Name("doubles")}, {skein.KeepGoing()}, {skein.Observe(func(skein.Event) {})}} {
				var c tide
				start := time.Now()
				got, err := skein.Map(t.Context(), upTo(5*limit), flow(&c, time.Second), append(opts, skein.Limit(limit))...)
				wantErr(t, err, nil)
				wantDoubled(t, got, 5*limit)
				if d := time.Since(start); d != 5*time.Second || c.high.Load() != int64(limit) {
					t.Errorf("%d at a time, took %v; want %d and 5s", c.high.Load(), d, limit)
				}
			}
		})
	}
	bothWays(t, "without any, all run at the same time", func(t *testing.T) {
		for _, opts := range [][]skein.Option{nil, {skein.Name("doubles")}} {
			var c tide
			start := time.Now()
			_, err := skein.Map(t.Context(), upTo(500), flow(&c, time.Second), append(opts, skein.Limit(0))...)
			wantErr(t, err, nil)
			if d := time.Since(start); d != time.Second || c.high.Load() != 500 {
				t.Errorf("%d at a time, took %v", c.high.Load(), d)
			}
		}
	})
	bothWays(t, "by default as many as there are processors", func(t *testing.T) {
		procs := runtime.GOMAXPROCS(0)
		var c tide
		start := time.Now()
		_, err := skein.Map(t.Context(), upTo(1+8*procs), flow(&c, time.Second))
		wantErr(t, err, nil)
		// The first runs alone in chunks.
		if d := time.Since(start); d != 9*time.Second && procs > 1 || c.high.Load() != int64(procs) && procs > 1 {
			t.Errorf("%d at a time, took %v; want %d and 9s", c.high.Load(), d, procs)
		}
	})
	bothWays(t, "fewer items than the limit", func(t *testing.T) {
		var c tide
		start := time.Now()
		_, err := skein.Map(t.Context(), upTo(3), flow(&c, time.Second), skein.Limit(10))
		wantErr(t, err, nil)
		if d := time.Since(start); d != time.Second || c.high.Load() != 3 {
			t.Errorf("%d at a time, took %v", c.high.Load(), d)
		}
	})
	bubble.Run(t, "one at a time need no other goroutine", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		me := goroutineID()
		_, err := skein.Map(t.Context(), upTo(100), func(_ context.Context, i int) (int, error) {
			if goroutineID() != me {
				t.Error("an item ran on another goroutine")
			}
			return i, nil
		}, skein.Limit(1))
		wantErr(t, err, nil)
	})
	bothWays(t, "one at a time go in order", func(t *testing.T) {
		var order []int // no lock is needed
		_, err := skein.Map(t.Context(), upTo(300), func(_ context.Context, i int) (int, error) {
			order = append(order, i)
			return i, nil
		}, skein.Limit(1))
		wantErr(t, err, nil)
		if !slices.Equal(order, upTo(300)) {
			t.Errorf("the order is %v", order)
		}
	})
}

// Where items turn out to be dear that had been taken together because those
// before were cheap, workers who have nothing left take them over.
func TestMapSharesWhatWasTaken(t *testing.T) {
	dear := func(from, to int) func(context.Context, int) (int, error) {
		return func(_ context.Context, i int) (int, error) {
			if from <= i && i < to {
				<-time.After(time.Second)
			}
			return 2 * i, nil
		}
	}
	for _, opts := range [][]skein.Option{{skein.Limit(4)}, {skein.Limit(4), skein.Name("doubles")}} {
		bubble.Run(t, fmt.Sprintf("cheap items, and then dear ones, %d options", len(opts)), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
			defer skein.SetApart(skein.SetApart(false))
			for from := 0; from <= 9600; from += 1200 {
				start := time.Now()
				ctx := t.Context()
				if from%2400 == 0 {
					ctx = context.Background() // which is never asked
				}
				var ran atomic.Int64
				got, err := skein.Map(ctx, upTo(10_000), func(ctx context.Context, i int) (int, error) {
					ran.Add(1)
					return dear(from, from+400)(ctx, i)
				}, opts...)
				wantErr(t, err, nil)
				wantDoubled(t, got, 10_000)
				if n := ran.Load(); n != 10_000 {
					t.Errorf("%d items ran", n)
				}
				if d := time.Since(start); d > 105*time.Second {
					t.Errorf("400 items of a second from %d on took %v, on 4 workers", from, d)
				}
			}
		})
	}
	bubble.Run(t, "the caller is alone at first, and not for long", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
		defer skein.SetApart(skein.SetApart(false))
		start := time.Now()
		_, err := skein.Map(t.Context(), upTo(10_000), dear(5000, 5400))
		wantErr(t, err, nil)
		if d := time.Since(start); d > (128+400/4+5)*time.Second {
			t.Errorf("400 items of a second took %v, on 4 workers", d)
		}
	})
}
