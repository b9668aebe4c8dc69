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
)

func TestMapUnderACancelledContext(t *testing.T) {
	errEnough := errors.New("enough")
	bothWays(t, "no item starts where it was done before, and the error is its cause", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errEnough)
		for _, n := range []int{0, 1, 100} {
			got, err := skein.Map(ctx, upTo(n), func(context.Context, int) (int, error) {
				t.Error("an item started")
				return 0, nil
			})
			wantErr(t, err, errEnough)
			if got != nil {
				t.Errorf("got %v", got)
			}
		}
		if got, err := skein.Map(ctx, upTo(3), double, skein.KeepGoing()); len(got) != 3 || err != errEnough {
			t.Errorf("got %v and error %v", got, err)
		}
	})
	bothWays(t, "items that have not started are skipped", func(t *testing.T) {
		for _, row := range []struct {
			most int64 // cheap ones may start a little later, where it is not one after the other
			opts []skein.Option
		}{
			{301, []skein.Option{skein.Limit(1)}},
			{301, []skein.Option{skein.Limit(1), skein.KeepGoing()}},
			{308, []skein.Option{skein.Limit(1), skein.Name("doubles")}},
			{301 + 8*int64(runtime.GOMAXPROCS(0)), nil},
		} {
			ctx, cancel := context.WithCancelCause(t.Context())
			var ran atomic.Int64
			_, err := skein.Map(ctx, upTo(1000), func(ctx context.Context, i int) (int, error) {
				ran.Add(1)
				if i == 300 {
					cancel(errEnough)
				}
				return 0, nil
			}, row.opts...)
			wantErr(t, err, errEnough)
			if n := ran.Load(); n > row.most {
				t.Errorf("%d items started, want %d at most", n, row.most)
			}
		}
	})
	bothWays(t, "also where it is cancelled from elsewhere, and echoes are left out", func(t *testing.T) {
		for _, opts := range [][]skein.Option{{skein.Limit(3)}, {skein.Limit(3), skein.KeepGoing()}} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 1500*time.Millisecond, errEnough)
			var ran atomic.Int64
			start := time.Now()
			_, err := skein.Map(ctx, upTo(100), func(ctx context.Context, i int) (int, error) {
				ran.Add(1)
				select {
				case <-ctx.Done():
					return 0, fmt.Errorf("fetch %d: %w", i, ctx.Err())
				case <-time.After(time.Second):
					return i, nil
				}
			}, opts...)
			cancel()
			wantErr(t, err, errEnough)
			if n, d := ran.Load(), time.Since(start); n != 6 || d != 1500*time.Millisecond {
				t.Errorf("%d items started, took %v", n, d)
			}
		}
	})
	bothWays(t, "a failure comes before the cause", func(t *testing.T) {
		for _, policy := range [][]skein.Option{nil, {skein.KeepGoing()}} {
			ctx, cancel := context.WithCancelCause(t.Context())
			_, err := skein.Map(ctx, upTo(100), func(_ context.Context, i int) (int, error) {
				if i == 5 {
					cancel(errEnough)
					return 0, errBoom
				}
				return i, nil
			}, append(policy, skein.Limit(1))...)
			wantItem(t, err, 5)
		}
	})
	bothWays(t, "a cancellation is told even if every item has succeeded", func(t *testing.T) {
		for _, limit := range []int{1, 4} {
			ctx, cancel := context.WithCancelCause(t.Context())
			got, err := skein.Map(ctx, upTo(10), func(_ context.Context, i int) (int, error) {
				<-time.After(time.Second)
				if i == 9 {
					cancel(errEnough)
				}
				return i, nil
			}, skein.Limit(limit))
			wantErr(t, err, errEnough)
			if got != nil {
				t.Errorf("got %v", got)
			}
		}
	})
	bothWays(t, "a context that is not the standard library's", func(t *testing.T) {
		parent := &homeMade{done: make(chan struct{})}
		var ran atomic.Int64
		_, err := skein.Map(parent, upTo(100), func(_ context.Context, i int) (int, error) {
			if ran.Add(1); i == 20 {
				parent.end(errEnough)
			}
			return i, nil
		}, skein.Limit(1))
		wantErr(t, err, errEnough)
		if ran.Load() != 21 {
			t.Errorf("%d items started", ran.Load())
		}
	})
	bothWays(t, "a group's context", func(t *testing.T) {
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			g.Go(func(ctx context.Context) error {
				_, err := skein.Map(ctx, upTo(100), taking(time.Second), skein.Limit(2))
				wantErr(t, err, errBoom)
				return err
			})
			g.Go(lasting(1500*time.Millisecond, errBoom))
			return nil
		})
		wantErr(t, err, errBoom)
	})
}
