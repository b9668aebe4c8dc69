package skein_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestEach(t *testing.T) {
	bothWays(t, "every item is visited once", func(t *testing.T) {
		for _, n := range []int{0, 1, 2, 3, 127, 128, 129, 5000} {
			for _, opts := range [][]skein.Option{nil, {skein.Limit(1)}, {skein.Limit(2)}, {skein.Limit(50)}, {skein.Limit(0)}, {skein.KeepGoing()}} {
				visits := make([]atomic.Int64, n)
				err := skein.Each(t.Context(), upTo(n), func(_ context.Context, i int) error {
					visits[i].Add(1)
					return nil
				}, opts...)
				wantErr(t, err, nil)
				for i := range visits {
					if v := visits[i].Load(); v != 1 {
						t.Errorf("%d items: item %d was visited %d times", n, i, v)
					}
				}
			}
		}
	})
	bothWays(t, "a hundred at a time take as long as one", func(t *testing.T) {
		start := time.Now()
		err := skein.Each(t.Context(), upTo(100), func(context.Context, int) error {
			<-time.After(time.Second)
			return nil
		}, skein.Limit(100))
		wantErr(t, err, nil)
		if d := time.Since(start); d != time.Second {
			t.Errorf("took %v", d)
		}
	})
	bothWays(t, "it fails fast", func(t *testing.T) {
		visits := 0
		err := skein.Each(t.Context(), upTo(100), func(_ context.Context, i int) error {
			if visits++; i == 30 {
				return errBoom
			}
			return nil
		}, skein.Limit(1))
		if item := wantItem(t, err, 30); item.Err != errBoom || visits != 31 {
			t.Errorf("got error %v after %d visits", err, visits)
		}
	})
	bothWays(t, "or keeps going", func(t *testing.T) {
		var visits atomic.Int64
		err := skein.Each(t.Context(), upTo(100), func(_ context.Context, i int) error {
			if visits.Add(1); i%40 == 30 {
				return errBoom
			}
			return nil
		}, skein.KeepGoing())
		if err == nil || err.Error() != "item 30: boom\nitem 70: boom" || visits.Load() != 100 {
			t.Errorf("got error %v after %d visits", err, visits.Load())
		}
	})
	bothWays(t, "it heeds the context", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		var visits atomic.Int64
		err := skein.Each(ctx, upTo(100), func(ctx context.Context, i int) error {
			visits.Add(1)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			return ctx.Err()
		}, skein.Limit(3))
		if err != context.DeadlineExceeded || visits.Load() != 9 {
			t.Errorf("got error %v after %d visits", err, visits.Load())
		}
	})
	bubble.Run(t, "what makes no sense panics", func(t *testing.T) {
		nothing := func(context.Context, int) error { return nil }
		wantPanic(t, "skein: nil function", func() { _ = skein.Each[int](t.Context(), nil, nil) })
		wantPanic(t, "skein: nil context", func() { _ = skein.Each(nilContext, nil, nothing) })
		wantPanic(t, "skein: Each cannot honour Backlog", func() { _ = skein.Each(t.Context(), nil, nothing, skein.Backlog(1)) })
	})
}

func TestItemError(t *testing.T) {
	err := &skein.ItemError{Index: 17, Err: errBoom}
	if err.Error() != "item 17: boom" || !errors.Is(err, errBoom) {
		t.Errorf("got %v", err)
	}
}
