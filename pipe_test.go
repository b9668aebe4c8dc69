package skein_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
)

// readings yields numbers of which every tenth is an error.
func readings(n int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := 0; i != n; i++ {
			var err error
			if i%10 == 9 {
				err = errBoom
			}
			if !yield(i, err) {
				return
			}
		}
	}
}

func TestPipe(t *testing.T) {
	everyWay(t, "stages compose, in order", func(t *testing.T, way []skein.Option) {
		for _, n := range []int{0, 1, 10, crowd(3000)} {
			half := func(_ context.Context, i int) (int, error) {
				<-time.After(time.Duration(i%5) * time.Second)
				return i / 2, nil
			}
			doubled := skein.Stream(t.Context(), numbers(n), func(_ context.Context, i int) (int, error) { return 2 * i, nil }, way...)
			halved := skein.Pipe(t.Context(), doubled, half, with(way, skein.Limit(10))...)
			wantSquares(t, skein.Pipe(t.Context(), halved, square, way...), n)
		}
	})
	everyWay(t, "a source's error is passed on as it is, and is the last thing", func(t *testing.T, way []skein.Option) {
		i := 0
		for r, err := range skein.Pipe(t.Context(), readings(-1), square, way...) {
			if i == 9 {
				wantErr(t, err, errBoom)
			} else if err != nil || r != i*i {
				t.Errorf("result %d: %d, %v", i, r, err)
			}
			i++
		}
		if i != 10 {
			t.Errorf("%d pairs, want 10", i)
		}
	})
	everyWay(t, "with KeepGoing it goes on, and errors count as items", func(t *testing.T, way []skein.Option) {
		f := func(_ context.Context, i int) (int, error) {
			if i%10 == 3 {
				return 0, errBoom
			}
			return i * i, nil
		}
		first := skein.Pipe(t.Context(), readings(1000), f, with(way, skein.KeepGoing())...)
		root := func(_ context.Context, i int) (int, error) { return i, nil }
		i := 0
		for r, err := range skein.Pipe(t.Context(), first, root, with(way, skein.KeepGoing())...) {
			switch i % 10 {
			case 9:
				wantErr(t, err, errBoom)
			case 3:
				wantItemError(t, err, i, errBoom)
			default:
				if err != nil || r != i*i {
					t.Errorf("result %d: %d, %v", i, r, err)
				}
			}
			i++
		}
		if i != 1000 {
			t.Errorf("%d pairs, want 1000", i)
		}
	})
	everyWay(t, "nothing is taken behind an error, though the source goes on", func(t *testing.T, way []skein.Option) {
		for _, before := range []int{1, 100} {
			source := func(yield func(int, error) bool) {
				for i := range before {
					yield(i, nil)
				}
				yield(0, errBoom)
				for i := range 10 {
					if yield(before+i, nil) || yield(0, errBoom) {
						t.Error("an item was taken")
					}
				}
			}
			f := func(_ context.Context, i int) (int, error) {
				if i >= before {
					t.Errorf("f has got item %d", i)
				}
				return i * i, nil
			}
			count, last := 0, error(nil)
			for _, err := range skein.Pipe(t.Context(), source, f, way...) {
				count, last = count+1, err
			}
			if wantErr(t, last, errBoom); count != before+1 {
				t.Errorf("%d pairs, want %d", count, before+1)
			}
		}
	})
	everyWay(t, "a context of all stages gives its cause once", func(t *testing.T, way []skein.Option) {
		for _, policy := range [][]skein.Option{nil, {skein.KeepGoing()}} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Minute, func() { cancel(errBoom) })
			wait := func(ctx context.Context, i int) (int, error) {
				select {
				case <-ctx.Done():
					return 0, ctx.Err()
				case <-time.After(7 * time.Second):
					return i, nil
				}
			}
			stream := skein.Stream(ctx, numbers(-1), wait, with(way, policy...)...)
			for range 3 {
				stream = skein.Pipe(ctx, stream, wait, with(way, policy...)...)
			}
			last := error(nil)
			for _, err := range stream {
				if last != nil {
					t.Errorf("%v came after %v", err, last)
				}
				last = err
			}
			wantErr(t, last, errBoom)
		}
	})
	everyWay(t, "the end of an upstream context is told like every error", func(t *testing.T, way []skein.Option) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBoom)
		stream := skein.Stream(ctx, numbers(-1), square, way...)
		wantEnd(t, skein.Pipe(t.Context(), stream, square, with(way, skein.KeepGoing())...), 0, errBoom)
	})
	everyWay(t, "leaving the loop over the last stage ends all at once", func(t *testing.T, way []skein.Option) {
		var running atomic.Int32
		hold := func(ctx context.Context, i int) (int, error) {
			running.Add(1)
			defer running.Add(-1)
			if i > 0 {
				select {
				case <-ctx.Done():
				case <-time.After(time.Hour):
					t.Error("nobody cancelled an item")
				}
			}
			return i, nil
		}
		name := func(ctx context.Context, i int) (string, error) {
			_, err := hold(ctx, i)
			return fmt.Sprint(i), err
		}
		number := func(_ context.Context, name string) (int, error) { return strconv.Atoi(name) }
		stream := skein.Stream(t.Context(), numbers(-1), hold, way...)
		for range 3 {
			stream = skein.Pipe(t.Context(), skein.Pipe(t.Context(), stream, name, way...), number, way...)
		}
		for range 2 {
			start := time.Now()
			for range stream {
				synctest.Wait()
				break
			}
			if d := time.Since(start); d != 0 || running.Load() != 0 {
				t.Errorf("left after %v, %d running", d, running.Load())
			}
		}
	})
	everyWay(t, "so do a failure and a panic in it", func(t *testing.T, way []skein.Option) {
		hold := func(ctx context.Context, i int) (int, error) {
			if i > 0 {
				select {
				case <-ctx.Done():
				case <-time.After(time.Hour):
					t.Error("nobody cancelled an item")
				}
			}
			return i, nil
		}
		first := skein.Stream(t.Context(), numbers(-1), hold, way...)
		start := time.Now()
		fails := func(context.Context, int) (int, error) { return 0, errBoom }
		wantEnd(t, skein.Pipe(t.Context(), skein.Pipe(t.Context(), first, hold, way...), fails, way...), 0, errBoom)
		p := panicOf(t, func() error {
			panics := func(context.Context, int) (int, error) { panic("cat") }
			for range skein.Pipe(t.Context(), skein.Pipe(t.Context(), first, hold, way...), panics, way...) {
			}
			return nil
		})
		if d := time.Since(start); p.Value != "cat" || d != 0 {
			t.Errorf("got %v after %v", p.Value, d)
		}
	})
	everyWay(t, "through somebody's iterator, when it yields next", func(t *testing.T, way []skein.Option) {
		first := skein.Stream(t.Context(), numbers(-1), slowly(time.Minute), with(way, skein.Limit(1))...)
		even := func(yield func(int, error) bool) {
			for r, err := range first {
				if r%2 == 0 && !yield(r, err) {
					return
				}
			}
		}
		start := time.Now()
		for range skein.Pipe(t.Context(), even, square, way...) {
			break
		}
		if d := time.Since(start); d > 5*time.Minute {
			t.Errorf("left after %v", d)
		}
	})
	everyWay(t, "a panic of the first stage comes out of the last", func(t *testing.T, way []skein.Option) {
		f := func(_ context.Context, i int) (int, error) {
			if i == 3 {
				panic(errBoom)
			}
			return i, nil
		}
		stream := skein.Pipe(t.Context(), skein.Stream(t.Context(), numbers(-1), f, way...), square, way...)
		p := panicOf(t, func() error {
			for range stream {
			}
			return nil
		})
		var inner *skein.PanicError
		if p.Name != "source" || !errors.As(p.Value.(error), &inner) || inner.Name != "item 3" || !errors.Is(p, errBoom) {
			t.Errorf("got %v of %q", p.Value, p.Name)
		}
	})
	everyWay(t, "a Goexit in the first stage is told by the last", func(t *testing.T, way []skein.Option) {
		f := func(_ context.Context, i int) (int, error) {
			if i == 3 {
				runtime.Goexit()
			}
			return i, nil
		}
		wantEnd(t, skein.Pipe(t.Context(), skein.Stream(t.Context(), numbers(-1), f, way...), square, way...), 3, skein.ErrGoexit)
	})
	everyWay(t, "a source of two streams, one after the other", func(t *testing.T, way []skein.Option) {
		ident := func(_ context.Context, i int) (int, error) { return i, nil }
		both := func(yield func(int, error) bool) {
			skein.Stream(t.Context(), numbers(50), ident, way...)(yield)
			later := func(_ context.Context, i int) (int, error) { return i + 50, nil }
			skein.Stream(t.Context(), numbers(50), later, way...)(yield)
		}
		wantSquares(t, skein.Pipe(t.Context(), both, square, way...), 100)
	})
	t.Run("the arguments are checked at the call", func(t *testing.T) {
		wantPanic(t, "skein: nil sequence", func() { skein.Pipe[int](t.Context(), nil, square) })
		wantPanic(t, "skein: nil function", func() { skein.Pipe[int, int](t.Context(), readings(1), nil) })
		wantPanic(t, "skein: Pipe cannot honour FirstSuccess", func() { skein.Pipe(t.Context(), readings(1), square, skein.FirstSuccess()) })
	})
}
