package skein_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestMapFailsFast(t *testing.T) {
	bothWays(t, "the error says which item it is of, and there are no results", func(t *testing.T) {
		for _, opts := range [][]skein.Option{nil, {skein.Limit(1)}, {skein.Limit(4)}, {skein.Limit(0)}, {skein.Name("doubles")}} {
			got, err := skein.Map(t.Context(), upTo(300), failing(17), opts...)
			item := wantItem(t, err, 17)
			if got != nil || item.Err.Error() != "boom of 17" || err.Error() != "item 17: boom of 17" || !errors.Is(err, errBoom) {
				t.Errorf("got %v and error %v", got, err)
			}
		}
	})
	bothWays(t, "no item starts after it, one at a time", func(t *testing.T) {
		ran := 0
		_, err := skein.Map(t.Context(), upTo(1000), func(ctx context.Context, i int) (int, error) {
			ran++
			return failing(700)(ctx, i)
		}, skein.Limit(1))
		wantItem(t, err, 700)
		if ran != 701 {
			t.Errorf("%d items started", ran)
		}
	})
	bothWays(t, "no item starts after it, several at a time", func(t *testing.T) {
		var ran atomic.Int64
		start := time.Now()
		_, err := skein.Map(t.Context(), upTo(1000), func(ctx context.Context, i int) (int, error) {
			ran.Add(1)
			<-time.After(time.Second + time.Duration(i)*time.Millisecond) // one after another
			return failing(50)(ctx, i)
		}, skein.Limit(100))
		wantItem(t, err, 50)
		// Items 0 to 49 have ended before, and others have come for them.
		if n, d := ran.Load(), time.Since(start); n != 150 || d > 3*time.Second {
			t.Errorf("%d items started, and all took %v", n, d)
		}
	})
	bubble.Run(t, "no item of a chunk starts after it", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		ran := 0
		_, err := skein.Map(t.Context(), upTo(1000), func(ctx context.Context, i int) (int, error) {
			ran++ // cheap: the caller runs them all
			return failing(700)(ctx, i)
		})
		wantItem(t, err, 700)
		if ran != 701 {
			t.Errorf("%d items started", ran)
		}
	})
	bubble.Outside(t, "nor of the chunks that others have", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		in := upTo(1_000_000)
		if skein.RaceEnabled {
			in = in[:50_000]
		}
		for range 20 {
			var late atomic.Int64
			workers, bad := runtime.GOMAXPROCS(0), len(in)/2
			_, err := skein.Map(t.Context(), in, func(ctx context.Context, i int) (int, error) {
				if ctx.Err() != nil {
					late.Add(1) // it was about to start when the other failed
				}
				if i == bad {
					return 0, errBoom
				}
				return i, nil
			})
			wantItem(t, err, bad)
			if n := late.Load(); n >= int64(workers) {
				t.Errorf("%d items started after the failure, by %d workers", n, workers)
			}
		}
	})
	bothWays(t, "the context of those that run is cancelled, because of it", func(t *testing.T) {
		var cause atomic.Value
		start := time.Now()
		_, err := skein.Map(t.Context(), upTo(2), func(ctx context.Context, i int) (int, error) {
			if i == 0 {
				<-ctx.Done()
				cause.Store(context.Cause(ctx))
				return 0, fmt.Errorf("fetch: %w", ctx.Err())
			}
			<-time.After(time.Second)
			return 0, errBoom
		}, skein.Limit(2))
		item := wantItem(t, err, 1)
		wantErr(t, item.Err, errBoom)
		if cause.Load() != err || time.Since(start) != time.Second {
			t.Errorf("the cause is %v, after %v", cause.Load(), time.Since(start))
		}
	})
	bothWays(t, "the first to fail wins, not the first in order", func(t *testing.T) {
		_, err := skein.Map(t.Context(), upTo(10), func(_ context.Context, i int) (int, error) {
			<-time.After(time.Duration(10-i) * time.Second)
			return 0, errItem(i)
		}, skein.Limit(10))
		wantItem(t, err, 9)
	})
	bothWays(t, "it waits for items that do not heed the context", func(t *testing.T) {
		start := time.Now()
		_, err := skein.Map(t.Context(), upTo(3), func(_ context.Context, i int) (int, error) {
			if i == 1 {
				return 0, errBoom
			}
			<-time.After(time.Minute)
			return 0, nil
		}, skein.Limit(0))
		wantItem(t, err, 1)
		if d := time.Since(start); d != time.Minute {
			t.Errorf("returned after %v", d)
		}
	})
	bothWays(t, "an error that looks like a cancellation is one where nothing was cancelled", func(t *testing.T) {
		_, err := skein.Map(t.Context(), upTo(5), func(context.Context, int) (int, error) { return 0, context.Canceled }, skein.Limit(1))
		item := wantItem(t, err, 0)
		wantErr(t, item.Err, context.Canceled)
	})
}

func TestMapKeepsGoing(t *testing.T) {
	bothWays(t, "good results are in place, and the errors in order", func(t *testing.T) {
		for _, opt := range []skein.Option{skein.Limit(0), skein.Limit(1), skein.Limit(3), skein.Limit(100), skein.Name("doubles")} {
			got, err := skein.Map(t.Context(), upTo(200), func(ctx context.Context, i int) (int, error) {
				<-time.After(time.Duration(200-i) * time.Millisecond)
				return failing(3, 77, 199)(ctx, i)
			}, skein.KeepGoing(), opt)
			if want := "item 3: boom of 3\nitem 77: boom of 77\nitem 199: boom of 199"; err == nil || err.Error() != want {
				t.Errorf("got error %v, want %v", err, want)
			}
			for i, r := range got {
				want := 2 * i
				if i == 3 || i == 77 || i == 199 {
					want = 0
				}
				if r != want {
					t.Errorf("the result of item %d is %d, want %d", i, r, want)
				}
			}
			if len(got) != 200 {
				t.Errorf("%d results", len(got))
			}
		}
	})
	bothWays(t, "cheap items too", func(t *testing.T) {
		got, err := skein.Map(t.Context(), upTo(1000), failing(500, 501), skein.KeepGoing())
		if err == nil || err.Error() != "item 500: boom of 500\nitem 501: boom of 501" || got[999] != 1998 {
			t.Errorf("got error %v, and at last %d", err, got[999])
		}
	})
	bothWays(t, "a single error comes back as it is", func(t *testing.T) {
		_, err := skein.Map(t.Context(), upTo(200), failing(77), skein.KeepGoing(), skein.Limit(7))
		wantItem(t, err, 77)
	})
	bothWays(t, "all may fail", func(t *testing.T) {
		for _, limit := range []int{1, 5} {
			_, err := skein.Map(t.Context(), upTo(50), func(_ context.Context, i int) (int, error) { return 0, errItem(i) },
				skein.KeepGoing(), skein.Limit(limit))
			errs := err.(interface{ Unwrap() []error }).Unwrap()
			for i, err := range errs {
				wantItem(t, err, i)
			}
			if len(errs) != 50 {
				t.Errorf("%d errors", len(errs))
			}
		}
	})
}
