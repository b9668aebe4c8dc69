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

// bothWays runs a test with items in chunks, and with each item a task. The
// race detector chooses the second for its users; its own verdict on the first
// is wanted too.
func bothWays(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	for _, way := range []struct {
		name  string
		apart bool
	}{{"in chunks", false}, {"apart", true}} {
		bubble.Run(t, name+", "+way.name, func(t *testing.T) {
			defer skein.SetApart(skein.SetApart(way.apart))
			f(t)
		})
	}
}

func upTo(n int) []int {
	in := make([]int, n)
	for i := range in {
		in[i] = i
	}
	return in
}

// double is the function of most tests.
func double(_ context.Context, i int) (int, error) { return 2 * i, nil }

// failing doubles, but for the items told, which fail.
func failing(items ...int) func(context.Context, int) (int, error) {
	return func(_ context.Context, i int) (int, error) {
		if slices.Contains(items, i) {
			return -1, errItem(i)
		}
		return 2 * i, nil
	}
}

// errItem is an error that equals itself, made anew each time.
func errItem(i int) error { return fmt.Errorf("%w of %d", errBoom, i) }

// taking gives a function that takes d of fake time for each item.
func taking(d time.Duration) func(context.Context, int) (int, error) {
	return func(_ context.Context, i int) (int, error) {
		<-time.After(d)
		return 2 * i, nil
	}
}

func wantDoubled(t *testing.T, got []int, n int) {
	t.Helper()
	if len(got) != n {
		t.Fatalf("%d results, want %d", len(got), n)
	}
	for i, r := range got {
		if r != 2*i {
			t.Fatalf("the result of item %d is %d, want %d", i, r, 2*i)
		}
	}
}

// wantItem checks that err is the ItemError of an item, alone.
func wantItem(t *testing.T, err error, index int) *skein.ItemError {
	t.Helper()
	item, ok := err.(*skein.ItemError)
	if !ok || item.Index != index {
		t.Fatalf("got error %v, want that of item %d itself", err, index)
	}
	return item
}

func TestMap(t *testing.T) {
	bothWays(t, "results come in the order of the items", func(t *testing.T) {
		for _, n := range []int{0, 1, 2, 3, 10, 127, 128, 129, 5000} {
			for _, opts := range [][]skein.Option{nil, {skein.Limit(1)}, {skein.Limit(2)}, {skein.Limit(50)}, {skein.Limit(0)}, {skein.Name("doubles")}} {
				got, err := skein.Map(t.Context(), upTo(n), double, opts...)
				wantErr(t, err, nil)
				wantDoubled(t, got, n)
			}
		}
	})
	bothWays(t, "whatever the items take", func(t *testing.T) {
		for _, limit := range []int{0, 1, 3, 100} {
			got, err := skein.Map(t.Context(), upTo(100), func(_ context.Context, i int) (int, error) {
				<-time.After(time.Duration(i*7919%100) * time.Millisecond)
				return 2 * i, nil
			}, skein.Limit(limit))
			wantErr(t, err, nil)
			wantDoubled(t, got, 100)
		}
	})
	bubble.Outside(t, "and on the real clock", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		for _, turns := range []int{0, 50, 5000} {
			got, err := skein.Map(t.Context(), upTo(20_000), func(_ context.Context, i int) (int, error) {
				for range (i % 3) * turns / 10 {
					runtime.KeepAlive(i)
				}
				return 2 * i, nil
			})
			wantErr(t, err, nil)
			wantDoubled(t, got, 20_000)
		}
	})
	bothWays(t, "no items give an empty slice", func(t *testing.T) {
		got, err := skein.Map(t.Context(), nil, double)
		if got == nil || len(got) != 0 || err != nil {
			t.Errorf("got %#v and error %v", got, err)
		}
	})
	bothWays(t, "all calls see the caller's context, done when Map has returned", func(t *testing.T) {
		type key struct{}
		var seen atomic.Value
		ctx := context.WithValue(t.Context(), key{}, "value")
		for _, opts := range [][]skein.Option{nil, {skein.Limit(3)}} {
			_, err := skein.Map(ctx, upTo(10), func(ctx context.Context, i int) (int, error) {
				if ctx.Value(key{}) != "value" || ctx.Err() != nil {
					t.Errorf("item %d: value %v, error %v", i, ctx.Value(key{}), ctx.Err())
				}
				seen.Store(ctx)
				return i, nil
			}, opts...)
			wantErr(t, err, nil)
			if err := seen.Load().(context.Context).Err(); err != context.Canceled {
				t.Errorf("the context's error is %v after the end", err)
			}
		}
	})
	bothWays(t, "an item may call Map", func(t *testing.T) {
		for _, limit := range []int{0, 1, 2, 30} {
			got, err := skein.Map(t.Context(), upTo(20), func(ctx context.Context, i int) (int, error) {
				inner, err := skein.Map(ctx, upTo(20), func(ctx context.Context, j int) (int, error) {
					<-time.After(time.Second)
					return i, nil
				}, skein.Limit(limit))
				sum := 0
				for _, v := range inner {
					sum += v
				}
				return sum / 10, err
			}, skein.Limit(limit))
			wantErr(t, err, nil)
			wantDoubled(t, got, 20)
		}
	})
	bothWays(t, "an item may give tasks to the group it is a task of", func(t *testing.T) {
		var ran atomic.Int64
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			g.Go(func(ctx context.Context) error {
				return skein.Each(ctx, upTo(100), func(context.Context, int) error {
					g.Go(func(context.Context) error { ran.Add(1); return nil })
					return nil
				})
			})
			return nil
		}, skein.Limit(1))
		wantErr(t, err, nil)
		if ran.Load() != 100 {
			t.Errorf("%d tasks ran", ran.Load())
		}
	})
	bubble.Run(t, "what makes no sense panics", func(t *testing.T) {
		wantPanic(t, "skein: nil function", func() { _, _ = skein.Map[int, int](t.Context(), nil, nil) })
		wantPanic(t, "skein: nil context", func() { _, _ = skein.Map(nilContext, nil, double) })
		for name, o := range map[string]skein.Option{
			"Backlog":      skein.Backlog(1),
			"FirstSuccess": skein.FirstSuccess(),
			"Dedicated":    skein.Dedicated(),
		} {
			wantPanic(t, "skein: Map cannot honour "+name, func() { _, _ = skein.Map(t.Context(), nil, double, o) })
		}
	})
}

var nilContext context.Context
