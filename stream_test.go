package skein_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// abundance is enough items for a stream to find out that they are cheap.
const abundance = 20_000

// crowd is how many goroutines may wake at the same time. The race detector of
// Go 1.26.8 does not survive thousands of them in a bubble, not even under a
// sync.WaitGroup.
func crowd(n int) int {
	if skein.RaceEnabled {
		return min(n, 100)
	}
	return n
}

// everyWay runs f with the options that lead to each of the ways in which a
// stream works: batches, where there is no race detector, and a task for each
// item.
func everyWay(t *testing.T, name string, f func(t *testing.T, way []skein.Option)) {
	t.Helper()
	bubble.Run(t, name, func(t *testing.T) { f(t, nil) })
	bubble.Run(t, name+", observed", func(t *testing.T) {
		f(t, []skein.Option{skein.Observe(func(skein.Event) {})})
	})
}

// with adds options to those of a way.
func with(way []skein.Option, more ...skein.Option) []skein.Option { return slices.Concat(way, more) }

// numbers yields 0, 1, 2, ... n-1, or goes on if n is negative.
func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i != n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

// eachMinute yields n numbers, one a minute, the first after a minute.
func eachMinute(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i != n; i++ {
			<-time.After(time.Minute)
			if !yield(i) {
				return
			}
		}
	}
}

func square(_ context.Context, i int) (int, error) { return i * i, nil }

// slowly squares and takes d of fake time for it.
func slowly(d time.Duration) func(context.Context, int) (int, error) {
	return func(_ context.Context, i int) (int, error) {
		<-time.After(d)
		return i * i, nil
	}
}

// wantSquares ranges over a stream that should give those of 0 to n-1, in order,
// and nothing else.
func wantSquares(t *testing.T, stream iter.Seq2[int, error], n int) {
	t.Helper()
	i := 0
	for r, err := range stream {
		if err != nil || r != i*i {
			t.Fatalf("result %d: %d, %v", i, r, err)
		}
		i++
	}
	if i != n {
		t.Errorf("%d results, want %d", i, n)
	}
}

// wantEnd ranges over a stream that should give n results and then err.
func wantEnd(t *testing.T, stream iter.Seq2[int, error], n int, want error) {
	t.Helper()
	i := 0
	var last error
	for r, err := range stream {
		switch {
		case last != nil:
			t.Fatalf("%d, %v came after %v", r, err, last)
		case err != nil:
			if last = err; r != 0 {
				t.Errorf("%d came with %v", r, err)
			}
		case r != i*i:
			t.Errorf("result %d: %d", i, r)
			fallthrough
		default:
			i++
		}
	}
	if n >= 0 && i != n {
		t.Errorf("%d results, want %d", i, n)
	}
	if !errors.Is(last, want) || want == nil && last != nil {
		t.Errorf("the end is %v, want %v", last, want)
	}
}

func wantItemError(t *testing.T, err error, index int, want error) {
	t.Helper()
	item, ok := err.(*skein.ItemError)
	if !ok || item.Index != index || item.Err != want {
		t.Errorf("got %v, want an ItemError of item %d with %v itself", err, index, want)
	}
}

func TestStream(t *testing.T) {
	everyWay(t, "results come in the order of the items", func(t *testing.T, way []skein.Option) {
		for _, limit := range []int{0, 1, 2, 3, 50} {
			for _, n := range []int{0, 1, 2, 7, 100, crowd(3000)} {
				late := func(_ context.Context, i int) (int, error) {
					<-time.After(time.Duration(i%7) * time.Second)
					return i * i, nil
				}
				wantSquares(t, skein.Stream(t.Context(), numbers(n), late, with(way, skein.Limit(limit))...), n)
				wantSquares(t, skein.Stream(t.Context(), numbers(n), square, with(way, skein.Limit(limit))...), n)
			}
		}
		wantSquares(t, skein.Stream(t.Context(), numbers(abundance), square, way...), abundance)
	})
	everyWay(t, "nothing runs until it is ranged over, and each range starts anew", func(t *testing.T, way []skein.Option) {
		pulled := 0
		seq := func(yield func(int) bool) {
			pulled++
			numbers(5)(yield)
		}
		stream := skein.Stream(t.Context(), seq, square, way...)
		synctest.Wait()
		if pulled != 0 {
			t.Error("the source was asked for an item")
		}
		wantSquares(t, stream, 5)
		wantSquares(t, stream, 5)
		if pulled != 2 {
			t.Errorf("%d rounds, want 2", pulled)
		}
	})
	everyWay(t, "a slow source's results come when they are done, not with the next item", func(t *testing.T, way []skein.Option) {
		start := time.Now()
		i := 0
		for r, err := range skein.Stream(t.Context(), eachMinute(100), slowly(time.Second), way...) {
			want := time.Duration(i+1)*time.Minute + time.Second
			if d := time.Since(start); d != want || r != i*i || err != nil {
				t.Fatalf("result %d: %d, %v after %v, want it after %v", i, r, err, d, want)
			}
			i++
		}
	})
	everyWay(t, "a source that stalls holds nothing up", func(t *testing.T, way []skein.Option) {
		for _, n := range []int{1, 5, 100, 1001, 2500} {
			stalling := func(yield func(int) bool) {
				for i := range n {
					if !yield(i) {
						return
					}
				}
				<-time.After(time.Hour)
			}
			for _, more := range [][]skein.Option{nil, {skein.Unordered()}, {skein.Limit(1)}} {
				start, i := time.Now(), 0
				for _, err := range skein.Stream(t.Context(), stalling, square, with(way, more...)...) {
					if i++; err != nil || time.Since(start) != 0 {
						t.Fatalf("result %d of %d: %v after %v", i, n, err, time.Since(start))
					}
				}
				if d := time.Since(start); i != n || d != time.Hour {
					t.Errorf("%d results of %d after %v", i, n, d)
				}
			}
		}
	})
	everyWay(t, "an item that is suddenly slow holds up nothing before it", func(t *testing.T, way []skein.Option) {
		for _, sudden := range []int{0, 1, 10, 100, 999, 1500} {
			f := func(_ context.Context, i int) (int, error) {
				if i == sudden {
					<-time.After(time.Hour)
				}
				return i * i, nil
			}
			for _, more := range [][]skein.Option{nil, {skein.Unordered()}, {skein.Limit(1)}} {
				start, i := time.Now(), 0
				for r := range skein.Stream(t.Context(), numbers(2000), f, with(way, more...)...) {
					if d := time.Since(start); d != 0 && r < sudden*sudden {
						t.Fatalf("%d came after %v", r, d)
					}
					i++
				}
				if d := time.Since(start); i != 2000 || d != time.Hour {
					t.Errorf("%d results after %v", i, d)
				}
			}
		}
	})
	everyWay(t, "as many items run at the same time as the limit says", func(t *testing.T, way []skein.Option) {
		for _, limit := range []int{1, 2, runtime.GOMAXPROCS(0), 10, 64} {
			var running, most atomic.Int32
			f := func(_ context.Context, i int) (int, error) {
				n := running.Add(1)
				defer running.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				<-time.After(time.Second)
				return i * i, nil
			}
			start := time.Now()
			wantSquares(t, skein.Stream(t.Context(), numbers(10*limit), f, with(way, skein.Limit(limit))...), 10*limit)
			if d := time.Since(start); int(most.Load()) != limit || d != 10*time.Second {
				t.Errorf("limit %d: %d at the same time, %v", limit, most.Load(), d)
			}
		}
	})
	everyWay(t, "without a limit GOMAXPROCS items run, under Limit(0) the look-ahead", func(t *testing.T, way []skein.Option) {
		start := time.Now()
		n := 10 * runtime.GOMAXPROCS(0)
		if skein.RaceEnabled {
			n = max(n, 20)
		}
		wantSquares(t, skein.Stream(t.Context(), numbers(n), slowly(time.Second), way...), n)
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("took %v", d)
		}
		start = time.Now()
		wantSquares(t, skein.Stream(t.Context(), numbers(crowd(1000)), slowly(time.Second), with(way, skein.Limit(0))...), crowd(1000))
		if d := time.Since(start); d != time.Second {
			t.Errorf("Limit(0): took %v", d)
		}
	})
	everyWay(t, "the loop's body and f run at the same time", func(t *testing.T, way []skein.Option) {
		start := time.Now()
		for range skein.Stream(t.Context(), numbers(10), slowly(time.Second), with(way, skein.Limit(1))...) {
			<-time.After(time.Second)
		}
		if d := time.Since(start); d != 11*time.Second {
			t.Errorf("took %v", d)
		}
	})
	everyWay(t, "dear items among cheap ones run at the same time", func(t *testing.T, way []skein.Option) {
		f := func(_ context.Context, i int) (int, error) {
			if i%200 == 150 {
				<-time.After(time.Second)
			}
			return i * i, nil
		}
		start := time.Now()
		wantSquares(t, skein.Stream(t.Context(), numbers(abundance), f, with(way, skein.Limit(2), skein.Backlog(1000))...), abundance)
		if d := time.Since(start); d > 70*time.Second {
			t.Errorf("took %v, one by one they take 100 s", d)
		}
	})
	everyWay(t, "items that become dear run at the same time", func(t *testing.T, way []skein.Option) {
		const dear = 40
		source := func(yield func(int) bool) {
			for i := range abundance + dear {
				if i >= abundance {
					<-time.After(time.Millisecond)
				}
				if !yield(i) {
					return
				}
			}
		}
		f := func(_ context.Context, i int) (int, error) {
			if i >= abundance {
				<-time.After(time.Second)
			}
			return i * i, nil
		}
		start := time.Now()
		wantSquares(t, skein.Stream(t.Context(), source, f, with(way, skein.Limit(2))...), abundance+dear)
		if d := time.Since(start); d > (dear/2+3)*time.Second {
			t.Errorf("took %v", d)
		}
	})
	everyWay(t, "the last items of a source too, though all were cheap that it knows", func(t *testing.T, way []skein.Option) {
		const dear = 300
		for _, opts := range [][]skein.Option{nil, {skein.Unordered()}} {
			for _, ahead := range [][]skein.Option{nil, {skein.Backlog(4000)}} {
				f := func(_ context.Context, i int) (int, error) {
					if i >= abundance {
						<-time.After(time.Second)
					}
					return i, nil
				}
				start := time.Now()
				for range skein.Stream(t.Context(), numbers(abundance+dear), f, with(way, slices.Concat(opts, ahead, []skein.Option{skein.Limit(2)})...)...) {
				}
				if d := time.Since(start); d > dear*2/3*time.Second {
					t.Errorf("took %v with %d options", d, len(opts)+len(ahead))
				}
			}
		}
	})
	everyWay(t, "several goroutines range over one stream", func(t *testing.T, way []skein.Option) {
		stream := skein.Stream(t.Context(), numbers(100), square, way...)
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			for range 5 {
				g.Go(func(context.Context) error {
					wantSquares(t, stream, 100)
					return nil
				})
			}
			return nil
		})
		wantErr(t, err, nil)
	})
	t.Run("the arguments are checked at the call", func(t *testing.T) {
		wantPanic(t, "skein: nil context", func() { skein.Stream(nil, numbers(1), square) }) //lint:ignore SA1012 it is the point
		wantPanic(t, "skein: nil sequence", func() { skein.Stream[int](t.Context(), nil, square) })
		wantPanic(t, "skein: nil function", func() { skein.Stream[int, int](t.Context(), numbers(1), nil) })
		wantPanic(t, "skein: Stream cannot honour FirstSuccess", func() { skein.Stream(t.Context(), numbers(1), square, skein.FirstSuccess()) })
		wantPanic(t, "skein: Stream cannot honour Dedicated", func() { skein.Stream(t.Context(), numbers(1), square, skein.Dedicated()) })
	})
}

func TestAnErrorInAStream(t *testing.T) {
	everyWay(t, "the others are cancelled when the body has it, not when that returns", func(t *testing.T, way []skein.Option) {
		for _, opts := range [][]skein.Option{nil, {skein.Unordered()}, {skein.Limit(8)}} {
			var running atomic.Int32
			f := func(ctx context.Context, i int) (int, error) {
				running.Add(1)
				defer running.Add(-1)
				if i == 0 {
					<-time.After(time.Second)
					return 0, errBoom
				}
				<-ctx.Done()
				return 0, ctx.Err()
			}
			for _, err := range skein.Stream(t.Context(), numbers(100), f, with(way, opts...)...) {
				wantItemError(t, err, 0, errBoom)
				synctest.Wait()
				if n := running.Load(); n != 0 {
					t.Errorf("%d run on", n)
				}
			}
		}
	})
	everyWay(t, "it comes behind the results before it, and nothing comes after it", func(t *testing.T, way []skein.Option) {
		for _, limit := range []int{1, 2, 30} {
			for _, bad := range []int{0, 1, 17, 500, 2500} {
				f := func(_ context.Context, i int) (int, error) {
					if i%100 != bad%100 { // those beside it end later
						<-time.After(time.Second)
					}
					if i >= bad {
						return 7, errBoom
					}
					return i * i, nil
				}
				i := 0
				for r, err := range skein.Stream(t.Context(), numbers(-1), f, with(way, skein.Limit(limit))...) {
					switch {
					case i < bad && (err != nil || r != i*i):
						t.Fatalf("result %d: %d, %v", i, r, err)
					case i == bad:
						wantItemError(t, err, bad, errBoom)
						if r != 0 {
							t.Errorf("%d came with the error", r)
						}
					}
					i++
				}
				if i != bad+1 {
					t.Errorf("%d pairs, want %d", i, bad+1)
				}
			}
		}
	})
	everyWay(t, "nothing is started after it, and what runs is cancelled when it has come", func(t *testing.T, way []skein.Option) {
		var after, cancelled atomic.Int32
		failed := make(chan struct{})
		f := func(ctx context.Context, i int) (int, error) {
			switch i {
			case 0:
				<-time.After(time.Minute)
				return 0, ctx.Err()
			case 1:
				<-time.After(time.Second)
				close(failed)
				return 0, errBoom
			}
			select {
			case <-failed:
				after.Add(1)
			default:
			}
			<-ctx.Done()
			cancelled.Add(1)
			return 0, ctx.Err()
		}
		start := time.Now()
		wantEnd(t, skein.Stream(t.Context(), numbers(-1), f, with(way, skein.Limit(4))...), 1, errBoom)
		if d := time.Since(start); d != time.Minute || after.Load() != 0 || cancelled.Load() != 2 {
			t.Errorf("took %v, %d started after the failure, %d were cancelled", d, after.Load(), cancelled.Load())
		}
	})
	everyWay(t, "a slow source hears of it at its next step", func(t *testing.T, way []skein.Option) {
		for _, bad := range []int{0, abundance} {
			source := func(yield func(int) bool) {
				for i := 0; yield(i); i++ {
					if i >= bad {
						<-time.After(time.Minute)
					}
				}
			}
			f := func(_ context.Context, i int) (int, error) {
				if i == bad {
					<-time.After(150 * time.Second)
					return 0, errBoom
				}
				return i * i, nil
			}
			start := time.Now()
			wantEnd(t, skein.Stream(t.Context(), source, f, way...), bad, errBoom)
			if d := time.Since(start); d != 3*time.Minute {
				t.Errorf("item %d: ended after %v", bad, d)
			}
		}
	})
	everyWay(t, "one at a time stops like a plain loop", func(t *testing.T, way []skein.Option) {
		calls := 0
		f := func(_ context.Context, i int) (int, error) {
			if calls++; i == 3 {
				return 0, errBoom
			}
			return i * i, nil
		}
		wantEnd(t, skein.Stream(t.Context(), numbers(-1), f, with(way, skein.Limit(1))...), 3, errBoom)
		if calls != 4 {
			t.Errorf("%d calls, want 4", calls)
		}
	})
	everyWay(t, "with KeepGoing the stream goes on", func(t *testing.T, way []skein.Option) {
		for _, limit := range []int{0, 1, 2, 30} {
			f := func(_ context.Context, i int) (int, error) {
				switch i % 4 {
				case 1:
					return 7, errBoom
				case 2:
					<-time.After(time.Second)
				case 3:
					runtime.Goexit()
				}
				return i * i, nil
			}
			const n = 400
			i := 0
			for r, err := range skein.Stream(t.Context(), numbers(n), f, with(way, skein.Limit(limit), skein.KeepGoing())...) {
				switch i % 4 {
				case 1:
					wantItemError(t, err, i, errBoom)
				case 3:
					wantItemError(t, err, i, skein.ErrGoexit)
				default:
					if r != i*i || err != nil {
						t.Errorf("result %d: %d, %v", i, r, err)
					}
				}
				i++
			}
			if i != n {
				t.Errorf("%d pairs, want %d", i, n)
			}
		}
	})
	everyWay(t, "a Goexit is one", func(t *testing.T, way []skein.Option) {
		f := func(_ context.Context, i int) (int, error) {
			if i == 2 {
				runtime.Goexit()
			}
			return i * i, nil
		}
		for range skein.Stream(t.Context(), numbers(-1), f, way...) {
		}
		wantEnd(t, skein.Stream(t.Context(), numbers(-1), f, way...), 2, skein.ErrGoexit)
	})
	bubble.Run(t, "a Goexit in a cheap item is one, or ends the caller's goroutine", func(t *testing.T) {
		const late = abundance
		f := func(_ context.Context, i int) (int, error) {
			if i == late {
				runtime.Goexit()
			}
			return i * i, nil
		}
		var end error
		given := 0
		returned := make(chan bool, 1)
		go func() {
			ended := false
			defer func() { returned <- ended }()
			for _, err := range skein.Stream(t.Context(), numbers(-1), f) {
				if end = err; err == nil {
					given++
				}
			}
			ended = true
		}()
		if <-returned {
			wantItemError(t, end, late, skein.ErrGoexit)
		}
		if given != late {
			t.Errorf("%d results, want %d", given, late)
		}
	})
	everyWay(t, "an endless stream of failures keeps none of them", func(t *testing.T, way []skein.Option) {
		var alive atomic.Int64
		f := func(context.Context, int) (int, error) {
			err := &large{}
			alive.Add(1)
			runtime.AddCleanup(err, func(struct{}) { alive.Add(-1) }, struct{}{})
			return 0, err
		}
		i := 0
		for _, err := range skein.Stream(t.Context(), numbers(-1), f, with(way, skein.KeepGoing(), skein.Backlog(4))...) {
			if i++; err == nil {
				t.Fatal("no error")
			}
			if i == 3000 {
				break
			}
			if i%1000 == 0 {
				synctest.Wait()
				wantAlive(t, &alive, 20)
			}
		}
	})
}

// large is an error that one does not want to keep.
type large struct{ _ [1 << 10]byte }

func (*large) Error() string { return "large" }

// wantAlive collects garbage until no more than most things are alive.
func wantAlive(t *testing.T, alive *atomic.Int64, most int64) {
	t.Helper()
	for range 100 {
		if runtime.GC(); alive.Load() <= most {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d are alive, want at most %d", alive.Load(), most)
}

func TestAStreamThatIsCancelled(t *testing.T) {
	everyWay(t, "before it begins: it gives the cause and asks for nothing", func(t *testing.T, way []skein.Option) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		cancel(errBoom)
		seq := func(func(int) bool) { t.Error("the source was asked") }
		wantEnd(t, skein.Stream(ctx, seq, square, way...), 0, errBoom)
	})
	everyWay(t, "while items run, source and all: it ends with the cause, once", func(t *testing.T, way []skein.Option) {
		for _, policy := range [][]skein.Option{nil, {skein.KeepGoing()}, {skein.Unordered()}, {skein.KeepGoing(), skein.Unordered()}} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(90*time.Second, func() { cancel(errBoom) })
			f := func(ctx context.Context, i int) (int, error) {
				if i == 0 {
					return 0, nil
				}
				<-ctx.Done()
				return 0, ctx.Err()
			}
			source := func(yield func(int) bool) {
				for i := 0; yield(i); i++ {
					select {
					case <-time.After(time.Minute):
					case <-ctx.Done():
						return
					}
				}
			}
			start := time.Now()
			wantEnd(t, skein.Stream(ctx, source, f, with(way, policy...)...), 1, errBoom)
			if d := time.Since(start); d != 90*time.Second {
				t.Errorf("ended after %v", d)
			}
		}
	})
	everyWay(t, "while all are cheap", func(t *testing.T, way []skein.Option) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		i, last := 0, error(nil)
		for _, err := range skein.Stream(ctx, numbers(-1), square, way...) {
			if last != nil {
				t.Fatalf("%v came after %v", err, last)
			}
			if last = err; i == abundance {
				cancel(errBoom)
			}
			i++
		}
		wantErr(t, last, errBoom)
	})
	everyWay(t, "while all are cheap and echo it", func(t *testing.T, way []skein.Option) {
		for _, policy := range [][]skein.Option{nil, {skein.KeepGoing()}} {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			f := func(ctx context.Context, i int) (int, error) { return i, ctx.Err() }
			last := error(nil)
			for i, err := range skein.Stream(ctx, numbers(-1), f, with(way, policy...)...) {
				if last != nil {
					t.Fatalf("%v came after %v", err, last)
				}
				if last = err; i == abundance {
					cancel(errBoom)
				}
			}
			wantErr(t, last, errBoom)
		}
	})
	everyWay(t, "a cancelled context ends a batch of results, and of items", func(t *testing.T, way []skein.Option) {
		for _, opts := range [][]skein.Option{nil, {skein.Limit(1)}, {skein.Unordered()}} {
			for _, n := range []int{5, 1001, abundance} {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				f := func(_ context.Context, i int) (int, error) { return i, nil }
				count, last := 0, error(nil)
				for _, err := range skein.Stream(ctx, numbers(-1), f, with(way, opts...)...) {
					last = err
					if count++; count == n {
						cancel(errBoom)
					}
				}
				if wantErr(t, last, errBoom); count != n+1 {
					t.Errorf("%d pairs, want %d", count, n+1)
				}
			}
		}
	})
	everyWay(t, "f that cancels is not called again on the caller's goroutine", func(t *testing.T, way []skein.Option) {
		ctx, cancel := context.WithCancelCause(t.Context())
		f := func(_ context.Context, i int) (int, error) {
			if i == abundance {
				cancel(errBoom)
			}
			return i, nil
		}
		last := error(nil)
		for i, err := range skein.Stream(ctx, numbers(-1), f, with(way, skein.Limit(1))...) {
			if last = err; i >= abundance {
				t.Errorf("result %d", i)
			}
		}
		wantErr(t, last, errBoom)
	})
	everyWay(t, "by a deadline, while the source stalls", func(t *testing.T, way []skein.Option) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		source := func(yield func(int) bool) {
			yield(0)
			<-ctx.Done()
		}
		wantEnd(t, skein.Stream(ctx, source, square, way...), 1, context.DeadlineExceeded)
	})
	everyWay(t, "an error that looks like a cancellation is one like every other while ctx is not done", func(t *testing.T, way []skein.Option) {
		f := func(_ context.Context, i int) (int, error) { return 0, context.Canceled }
		for _, err := range skein.Stream(t.Context(), numbers(3), f, way...) {
			wantItemError(t, err, 0, context.Canceled)
		}
	})
}

func TestLeavingAStream(t *testing.T) {
	minutes := func(_ context.Context, i int) (int, error) {
		<-time.After(time.Duration(i+1) * time.Minute)
		return 0, nil
	}
	everyWay(t, "break cancels, and waits for the workers and the source's step", func(t *testing.T, way []skein.Option) {
		var running atomic.Int32
		sourceEnded := false
		source := func(yield func(int) bool) {
			for i := 0; yield(i); i++ {
				if i == 2 {
					<-time.After(time.Minute)
				}
			}
			sourceEnded = true
		}
		f := func(ctx context.Context, i int) (int, error) {
			if i == 0 {
				return 0, nil
			}
			running.Add(1)
			defer running.Add(-1)
			<-ctx.Done()
			<-time.After(time.Second)
			return 0, ctx.Err()
		}
		start := time.Now()
		for range skein.Stream(t.Context(), source, f, with(way, skein.Limit(2))...) {
			synctest.Wait() // the source stalls
			break
		}
		if d := time.Since(start); d != time.Minute || running.Load() != 0 || !sourceEnded {
			t.Errorf("left after %v, %d running, source ended: %v", d, running.Load(), sourceEnded)
		}
	})
	everyWay(t, "each worker ends with the item that it is at, though items that were cheap are dear now", func(t *testing.T, way []skein.Option) {
		const bad = abundance + 10
		for _, end := range []string{"break", "cancel", "error", "panic"} {
			for _, opts := range [][]skein.Option{{skein.Limit(1)}, {skein.Limit(2)}, {skein.Limit(2), skein.Unordered()}} {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				var over atomic.Bool
				var after atomic.Int32
				f := func(_ context.Context, i int) (int, error) {
					if i < abundance {
						return i, nil
					}
					if over.Load() && (end != "error" || i > bad) { // before the error all is done
						after.Add(1)
					}
					<-time.After(time.Minute)
					if i == bad && end == "error" {
						over.Store(true)
						return 0, errBoom
					}
					return i, nil
				}
				start := time.Now()
				_ = thrown(func() {
					for i, err := range skein.Stream(ctx, numbers(-1), f, with(way, opts...)...) {
						switch {
						case err != nil || i < abundance+4 || over.Load():
							continue
						case end == "error":
							continue
						}
						over.Store(true)
						start = time.Now()
						switch end {
						case "break":
							return
						case "cancel":
							cancel(errBoom)
						case "panic":
							panic("in the body")
						}
					}
				})
				// Each worker may start one before it can know.
				if d := time.Since(start); after.Load() > 2 || end != "error" && d > time.Minute {
					t.Errorf("%s, %d options: %d calls begun after, ended %v later", end, len(opts), after.Load(), d)
				}
			}
		}
	})
	everyWay(t, "an endless source", func(t *testing.T, way []skein.Option) {
		for _, n := range []int{1, 2, 100, abundance} {
			i := 0
			for range skein.Stream(t.Context(), numbers(-1), square, way...) {
				if i++; i == n {
					break
				}
			}
		}
	})
	everyWay(t, "a panic in the body goes on when all has ended", func(t *testing.T, way []skein.Option) {
		start := time.Now()
		v := thrown(func() {
			for range skein.Stream(t.Context(), numbers(2), minutes, with(way, skein.Limit(2))...) {
				panic("body")
			}
		})
		if d := time.Since(start); v != "body" || d != 2*time.Minute {
			t.Errorf("got panic %v after %v", v, d)
		}
	})
	everyWay(t, "a Goexit in the body goes on when all has ended", func(t *testing.T, way []skein.Option) {
		start := time.Now()
		end := make(chan time.Duration, 1)
		go func() {
			defer func() { end <- time.Since(start) }()
			for range skein.Stream(t.Context(), numbers(2), minutes, with(way, skein.Limit(2))...) {
				runtime.Goexit()
			}
		}()
		if d := <-end; d != 2*time.Minute {
			t.Errorf("ended after %v", d)
		}
	})
	everyWay(t, "yield reports false when the stream is over, whatever its end", func(t *testing.T, way []skein.Option) {
		var late func(int) bool
		source := func(yield func(int) bool) {
			late = yield
			for i := 0; i < 3 && yield(i); i++ {
			}
		}
		for _, n := range []int{1, 3} {
			i := 0
			for range skein.Stream(t.Context(), source, square, way...) {
				if i++; i == n {
					break
				}
			}
			wantSquares(t, skein.Stream(t.Context(), source, square, way...), 3)
			for range 3 {
				if late(7) {
					t.Error("an item is still taken")
				}
			}
		}
	})
	everyWay(t, "through iter.Pull", func(t *testing.T, way []skein.Option) {
		next, stop := iter.Pull2(skein.Stream(t.Context(), numbers(-1), square, way...))
		for i := range 5 {
			if r, err, ok := next(); r != i*i || err != nil || !ok {
				t.Errorf("result %d: %d, %v, %v", i, r, err, ok)
			}
		}
		stop()
	})
}

func TestAPanicInAStream(t *testing.T) {
	everyWay(t, "in f: the others are cancelled, and it comes out of the range statement", func(t *testing.T, way []skein.Option) {
		for _, policy := range [][]skein.Option{nil, {skein.KeepGoing()}, {skein.Unordered()}} {
			f := func(ctx context.Context, i int) (int, error) {
				if i == 17 {
					panic("cat")
				}
				if i > 17 {
					<-ctx.Done()
				}
				return 0, ctx.Err()
			}
			p := panicOf(t, func() error {
				for _, err := range skein.Stream(t.Context(), numbers(-1), f, with(way, policy...)...) {
					if err != nil {
						t.Errorf("%v was told", err)
					}
				}
				return nil
			})
			if p.Value != "cat" || p.Name != "item 17" || p.Err != nil || len(p.Others) != 0 {
				t.Errorf("got %v of %q, besides %v, %v", p.Value, p.Name, p.Err, p.Others)
			}
			if !strings.Contains(string(p.Stack), "TestAPanicInAStream") {
				t.Errorf("the stack is not the worker's:\n%s", p.Stack)
			}
		}
	})
	everyWay(t, "in f, when items are cheap", func(t *testing.T, way []skein.Option) {
		const late = abundance
		f := func(ctx context.Context, i int) (int, error) {
			if i == late {
				panic(errBoom)
			}
			return 0, nil
		}
		p := panicOf(t, func() error {
			for range skein.Stream(t.Context(), numbers(-1), f, way...) {
			}
			return nil
		})
		if p.Value != errBoom || p.Name != fmt.Sprint("item ", late) || !errors.Is(p, errBoom) {
			t.Errorf("got %v of %q", p.Value, p.Name)
		}
		if !strings.Contains(string(p.Stack), "TestAPanicInAStream") {
			t.Errorf("the stack is not the item's:\n%s", p.Stack)
		}
	})
	everyWay(t, "in the source", func(t *testing.T, way []skein.Option) {
		source := func(yield func(int) bool) {
			for i := range 100 {
				yield(i)
			}
			panic("cat")
		}
		p := panicOf(t, func() error {
			for range skein.Stream(t.Context(), source, square, way...) {
			}
			return nil
		})
		if p.Value != "cat" || p.Name != "source" {
			t.Errorf("got %v of %q", p.Value, p.Name)
		}
	})
	everyWay(t, "in several items: all are told", func(t *testing.T, way []skein.Option) {
		f := func(ctx context.Context, i int) (int, error) {
			if i > 0 {
				<-ctx.Done()
			} else {
				<-time.After(time.Second)
			}
			panic(i)
		}
		p := panicOf(t, func() error {
			for range skein.Stream(t.Context(), numbers(-1), f, with(way, skein.Limit(2))...) {
			}
			return nil
		})
		if p.Value != 0 || len(p.Others) != 1 || p.Others[0].Value != 1 || p.Others[0].Name != "item 1" {
			t.Errorf("got %v, %v", p.Value, p.Others)
		}
	})
	everyWay(t, "Goexit of the source is the end's error", func(t *testing.T, way []skein.Option) {
		source := func(yield func(int) bool) {
			for i := range 100 {
				yield(i)
			}
			runtime.Goexit()
		}
		wantEnd(t, skein.Stream(t.Context(), source, square, way...), 100, skein.ErrGoexit)
	})
}

func TestAStreamThatCrashesOnAPanic(t *testing.T) {
	for _, cheap := range []int{0, abundance} {
		t.Run(fmt.Sprint("after ", cheap), func(t *testing.T) {
			wantCrash(t, func() {
				defer func() { _ = recover() }()
				f := func(ctx context.Context, i int) (int, error) {
					if i == cheap {
						panic("cat")
					}
					return 0, nil
				}
				for range skein.Stream(context.Background(), numbers(-1), f, skein.CrashOnPanic()) {
				}
			}, "panic: cat", "TestAStreamThatCrashesOnAPanic")
		})
	}
	t.Run("of the source", func(t *testing.T) {
		wantCrash(t, func() {
			defer func() { _ = recover() }()
			for range skein.Stream(context.Background(), func(func(int) bool) { panic("cat") }, square, skein.CrashOnPanic()) {
			}
		}, "panic: cat", "TestAStreamThatCrashesOnAPanic")
	})
}

func TestLookAhead(t *testing.T) {
	everyWay(t, "Backlog(n) takes n items beyond the one that the loop has", func(t *testing.T, way []skein.Option) {
		for _, n := range []int{0, 1, 2, 7, 40} {
			for _, limit := range []int{0, 1, 2, 50} {
				var taken atomic.Int64
				source := func(yield func(int) bool) {
					for i := 0; ; i++ {
						taken.Add(1)
						if !yield(i) {
							return
						}
					}
				}
				i := 0
				for range skein.Stream(t.Context(), source, square, with(way, skein.Backlog(n), skein.Limit(limit))...) {
					synctest.Wait()
					if got := int(taken.Load()); got != i+1+n {
						t.Fatalf("Backlog(%d), Limit(%d): %d items taken when the loop has item %d", n, limit, got, i)
					}
					if i++; i == 100 {
						break
					}
				}
			}
		}
	})
	everyWay(t, "a limit and a Backlog can be as large as numbers are", func(t *testing.T, way []skein.Option) {
		for _, n := range []int{math.MaxInt, math.MaxInt/2 + 1, math.MaxInt/4 + 1, math.MaxInt / 8} {
			for _, opts := range [][]skein.Option{{skein.Limit(n)}, {skein.Backlog(n)}, {skein.Limit(n), skein.Backlog(n)}, {skein.Limit(0), skein.Backlog(n)}, {skein.Limit(n), skein.Unordered()}} {
				count := 0
				for _, err := range skein.Stream(t.Context(), numbers(500), slowly(time.Second), with(way, opts...)...) {
					if count++; err != nil {
						t.Error(err)
					}
				}
				if count != 500 {
					t.Errorf("%d results of 500 at %d", count, n)
				}
			}
		}
	})
	everyWay(t, "and beyond the one that the loop waits for", func(t *testing.T, way []skein.Option) {
		for _, n := range []int{1, 50, 500} {
			for _, slow := range []int{0, 1, 77, 1234} {
				var taken atomic.Int64
				source := func(yield func(int) bool) {
					for i := 0; ; i++ {
						taken.Add(1)
						if !yield(i) {
							return
						}
					}
				}
				f := func(_ context.Context, i int) (int, error) {
					if i == slow {
						<-time.After(time.Second)
						most := slow + 1 + n
						least := most
						if n >= 64 && slow > 100 {
							least -= n/2 + 32 // the source hears of many deliveries at once
						}
						if got := int(taken.Load()); got < least || got > most {
							t.Errorf("Backlog(%d): %d taken while the loop waits for item %d", n, got, slow)
						}
					}
					return i * i, nil
				}
				for r := range skein.Stream(t.Context(), source, f, with(way, skein.Backlog(n), skein.Limit(2))...) {
					if r == slow*slow {
						break
					}
				}
			}
		}
	})
	everyWay(t, "it is bounded without Backlog, and small where items are dear", func(t *testing.T, way []skein.Option) {
		for _, c := range []struct {
			d    time.Duration
			most int
		}{{0, 1024}, {time.Second, 4 * max(2, runtime.GOMAXPROCS(0))}} {
			var taken atomic.Int64
			source := func(yield func(int) bool) {
				for i := 0; ; i++ {
					taken.Add(1)
					if !yield(i) {
						return
					}
				}
			}
			i := 0
			for range skein.Stream(t.Context(), source, slowly(c.d), way...) {
				synctest.Wait()
				if got := int(taken.Load()); got > i+1+c.most {
					t.Fatalf("items of %v: %d taken when the loop has item %d", c.d, got, i)
				}
				if i++; i == 3000 {
					break
				}
			}
		}
	})
	everyWay(t, "what has been delivered is let go while the source stalls", func(t *testing.T, way []skein.Option) {
		for _, n := range []int{5, 500} {
			var alive atomic.Int64
			source := func(yield func(*large) bool) {
				for range n {
					item := new(large)
					alive.Add(1)
					runtime.AddCleanup(item, func(struct{}) { alive.Add(-1) }, struct{}{})
					if !yield(item) {
						return
					}
				}
				<-time.After(time.Hour)
				wantAlive(t, &alive, 1)
			}
			f := func(_ context.Context, item *large) (*large, error) { return item, nil }
			for range skein.Stream(t.Context(), source, f, with(way, skein.Limit(1))...) {
			}
			for range skein.Stream(t.Context(), source, f, with(way, skein.Unordered())...) {
			}
		}
	})
	everyWay(t, "no more items are alive than that", func(t *testing.T, way []skein.Option) {
		const most = 6
		var alive atomic.Int64
		source := func(yield func(*[]byte) bool) {
			for {
				item := new([]byte)
				*item = make([]byte, 1<<20)
				alive.Add(1)
				runtime.AddCleanup(item, func(struct{}) { alive.Add(-1) }, struct{}{})
				if !yield(item) {
					return
				}
			}
		}
		f := func(_ context.Context, item *[]byte) (*[]byte, error) { return item, nil }
		i := 0
		for range skein.Stream(t.Context(), source, f, with(way, skein.Backlog(most))...) {
			if i++; i%100 == 0 {
				synctest.Wait()
				wantAlive(t, &alive, most+1)
			}
			if i == 1000 {
				break
			}
		}
	})
}

func TestUnordered(t *testing.T) {
	everyWay(t, "results come as they do", func(t *testing.T, way []skein.Option) {
		f := func(_ context.Context, i int) (int, error) {
			<-time.After(time.Duration(10-i) * time.Second)
			return i, nil
		}
		want := 9
		for r := range skein.Stream(t.Context(), numbers(10), f, with(way, skein.Unordered(), skein.Limit(10))...) {
			if r != want {
				t.Errorf("got %d, want %d", r, want)
			}
			want--
		}
	})
	everyWay(t, "each comes once, whatever the limit", func(t *testing.T, way []skein.Option) {
		for _, limit := range []int{0, 1, 2, 50} {
			for _, n := range []int{0, 1, 10, crowd(3000)} {
				seen := make([]int, n)
				for r, err := range skein.Stream(t.Context(), numbers(n), square, with(way, skein.Unordered(), skein.Limit(limit))...) {
					if err != nil {
						t.Error(err)
					}
					for i := range seen {
						if i*i == r {
							seen[i]++
						}
					}
				}
				for i, times := range seen {
					if times != 1 {
						t.Errorf("limit %d: item %d came %d times", limit, i, times)
					}
				}
			}
		}
	})
	t.Run("a batch in its next use outlives an announcement of the last", func(t *testing.T) {
		if live, announced := skein.LateAnnouncement(); live != 1 || !announced {
			t.Errorf("%d live, want 1; will be announced: %v", live, announced)
		}
	})
	everyWay(t, "the first failure is the last thing", func(t *testing.T, way []skein.Option) {
		f := func(ctx context.Context, i int) (int, error) {
			if i == 5 {
				return 0, errBoom
			}
			<-time.After(time.Hour)
			return 0, nil
		}
		start := time.Now()
		wantEnd(t, skein.Stream(t.Context(), numbers(-1), f, with(way, skein.Unordered(), skein.Limit(10))...), 0, errBoom)
		if d := time.Since(start); d != time.Hour {
			t.Errorf("took %v", d)
		}
	})
}

func TestWhatIsSeenOfAStream(t *testing.T) {
	bubble.Run(t, "each item is a worker, with its number", func(t *testing.T) {
		var events [12]struct {
			started, ended atomic.Int32
			outcome        atomic.Value
		}
		observe := skein.Observe(func(e skein.Event) {
			if e.Group != "squares" {
				t.Errorf("group %q", e.Group)
			}
			at := &events[e.Worker]
			if e.Outcome == "" {
				at.started.Add(1)
			} else {
				at.ended.Add(1)
				at.outcome.Store(e.Outcome)
			}
		})
		f := func(_ context.Context, i int) (int, error) {
			if i == 4 {
				return 0, errBoom
			}
			return i * i, nil
		}
		n := 0
		for range skein.Stream(t.Context(), numbers(10), f, observe, skein.Name("squares"), skein.KeepGoing()) {
			n++
		}
		for i := 1; i <= 10; i++ {
			want := skein.Succeeded
			if i == 5 {
				want = skein.Failed
			}
			e := &events[i]
			if e.started.Load() != 1 || e.ended.Load() != 1 || e.outcome.Load() != want {
				t.Errorf("worker %d: %d started, %d ended, %v", i, e.started.Load(), e.ended.Load(), e.outcome.Load())
			}
		}
	})
	bubble.Run(t, "what waits when an item fails is told as skipped", func(t *testing.T) {
		var skipped, started atomic.Int32
		observe := skein.Observe(func(e skein.Event) {
			switch e.Outcome {
			case "":
				started.Add(1)
			case skein.Skipped:
				skipped.Add(1)
			}
		})
		f := func(_ context.Context, i int) (int, error) {
			<-time.After(time.Second)
			return 0, errBoom
		}
		wantEnd(t, skein.Stream(t.Context(), numbers(-1), f, observe, skein.Limit(1)), 0, errBoom)
		if started.Load() != 1 || skipped.Load() == 0 {
			t.Errorf("%d started, %d skipped", started.Load(), skipped.Load())
		}
	})
	bubble.Run(t, "a loop that waits for a stuck item is reported", func(t *testing.T) {
		reports := make(chan skein.Report, 1)
		end := make(chan struct{})
		f := func(context.Context, int) (int, error) {
			<-end
			return 0, nil
		}
		go func() {
			r := <-reports
			if !strings.HasSuffix(r.File, "stream_test.go") || r.Group.Name != "squares" {
				t.Errorf("the report is of %s, %s", r.Group.Name, r.File)
			}
			close(end)
		}()
		for range skein.Stream(t.Context(), numbers(2), f, skein.Name("squares"), skein.StuckAfter(time.Minute, func(r skein.Report) { reports <- r })) {
		}
	})
}

// A worker that is held up just after its last result meets its batch at the
// batch's next use. That is rare.
func TestLongUnorderedStreams(t *testing.T) {
	rounds, n := 30, 500_000
	if skein.RaceEnabled {
		rounds, n = 3, 5000
	}
	want := 0 // wraps, as the sum does, where an int has 32 bits
	for i := range n {
		want += i * i
	}
	for range rounds {
		count, sum := 0, 0
		for r, err := range skein.Stream(t.Context(), numbers(n), square, skein.Unordered(), skein.Limit(2)) {
			if err != nil {
				t.Fatal(err)
			}
			count++
			sum += r
		}
		if count != n || sum != want {
			t.Fatalf("%d results of %d, their sum is %d, not %d", count, n, sum, want)
		}
	}
}

// TestStreamsAgainstALoop compares streams with what a plain loop gives.
func TestStreamsAgainstALoop(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	rounds := 300
	if skein.RaceEnabled {
		rounds = 60
	}
	for range rounds {
		againstALoop(t, rnd.Uint64())
	}
}

func againstALoop(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	n := rnd.IntN(1 << rnd.IntN(13))
	bad := map[int]bool{}
	for range rnd.IntN(4) * rnd.IntN(5) {
		bad[rnd.IntN(n+1)] = true
	}
	dear := rnd.IntN(200) + 1 // one item in so many takes a while
	f := func(_ context.Context, i int) (int, error) {
		if i%dear == 0 {
			runtime.Gosched()
			x := 0
			for j := range 5000 {
				x += j
			}
			if x == 0 {
				return 0, nil
			}
		}
		if bad[i] {
			return 0, errBoom
		}
		return i * i, nil
	}
	var opts []skein.Option
	keep := rnd.IntN(2) == 0
	if keep {
		opts = append(opts, skein.KeepGoing())
	}
	if rnd.IntN(2) == 0 {
		opts = append(opts, skein.Limit(rnd.IntN(5)))
	}
	if rnd.IntN(2) == 0 {
		opts = append(opts, skein.Backlog(rnd.IntN(1<<rnd.IntN(10))))
	}
	if rnd.IntN(4) == 0 {
		opts = append(opts, skein.Observe(func(skein.Event) {}))
	}
	i := 0
	ended := false
	for r, err := range skein.Stream(context.Background(), numbers(n), f, opts...) {
		if ended {
			t.Fatalf("seed %d: %d, %v after the end", seed, r, err)
		}
		var item *skein.ItemError
		switch {
		case bad[i] && (!errors.As(err, &item) || item.Index != i || item.Err != errBoom || r != 0):
			t.Fatalf("seed %d: item %d gave %d, %v", seed, i, r, err)
		case !bad[i] && (err != nil || r != i*i):
			t.Fatalf("seed %d: item %d gave %d, %v", seed, i, r, err)
		}
		ended = bad[i] && !keep
		i++
	}
	if i != n && !ended {
		t.Fatalf("seed %d: %d pairs of %d", seed, i, n)
	}
}
