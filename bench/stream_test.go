package bench

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"testing"

	"example.com/skein"
	"github.com/destel/rill"
	"github.com/sourcegraph/conc/stream"
)

// streamed gives each the results of f over a sequence of unknown length, in
// order.
type streamed func(seq iter.Seq[uint64], f func(context.Context, uint64) (uint64, error), each func(uint64))

var streams = []impl[streamed]{
	{"loop", streamLoop},
	{"chans", streamChans},
	{"conc", streamConc},
	{"rill", streamRill},
	{"skein", streamSkein},
}

func streamLoop(seq iter.Seq[uint64], f func(context.Context, uint64) (uint64, error), each func(uint64)) {
	ctx := context.Background()
	for v := range seq {
		r, err := f(ctx, v)
		must(err)
		each(r)
	}
}

// streamChans is what one writes by hand: a channel of the channels on which the
// results come, as long as there are workers.
func streamChans(seq iter.Seq[uint64], f func(context.Context, uint64) (uint64, error), each func(uint64)) {
	type result struct {
		value uint64
		err   error
	}
	ctx := context.Background()
	queue := make(chan chan result, runtime.GOMAXPROCS(0))
	go func() {
		defer close(queue)
		for v := range seq {
			one := make(chan result, 1)
			queue <- one
			go func() {
				r, err := f(ctx, v)
				one <- result{r, err}
			}()
		}
	}()
	for one := range queue {
		r := <-one
		must(r.err)
		each(r.value)
	}
}

func streamConc(seq iter.Seq[uint64], f func(context.Context, uint64) (uint64, error), each func(uint64)) {
	ctx := context.Background()
	s := stream.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for v := range seq {
		s.Go(func() stream.Callback {
			r, err := f(ctx, v)
			return func() {
				must(err)
				each(r)
			}
		})
	}
	s.Wait()
}

func streamRill(seq iter.Seq[uint64], f func(context.Context, uint64) (uint64, error), each func(uint64)) {
	ctx := context.Background()
	in := rill.FromSeq(seq, nil)
	out := rill.OrderedMap(in, runtime.GOMAXPROCS(0), func(v uint64) (uint64, error) { return f(ctx, v) })
	for r, err := range rill.ToSeq2(out) {
		must(err)
		each(r)
	}
}

func streamSkein(seq iter.Seq[uint64], f func(context.Context, uint64) (uint64, error), each func(uint64)) {
	for r, err := range skein.Stream(context.Background(), seq, f) {
		must(err)
		each(r)
	}
}

func streamUnordered(seq iter.Seq[uint64], f func(context.Context, uint64) (uint64, error), each func(uint64)) {
	for r, err := range skein.Stream(context.Background(), seq, f, skein.Unordered()) {
		must(err)
		each(r)
	}
}

// upTo yields n numbers.
func upTo(n int) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for v := range uint64(n) {
			if !yield(v) {
				return
			}
		}
	}
}

// As many items as take a while, dear ones fewer.
func BenchmarkStream(b *testing.B) {
	for _, row := range []struct {
		items int
		name  string
		body  body
	}{
		{1_000_000, "1ns", tiny},
		{1_000_000, "100ns", lasting(100)},
		{10_000, "10µs", lasting(10_000)},
		{1_000, "100µs", lasting(100_000)},
	} {
		b.Run("body="+row.name, func(b *testing.B) {
			all := streams
			if row.items > 10_000 {
				all = append(all[:len(all):len(all)], impl[streamed]{"unordered", streamUnordered})
			}
			each(b, all, row.items, func(run streamed) {
				run(upTo(row.items), row.body.f, func(r uint64) { sum += r })
			})
		})
	}
}

var sum uint64 // of results, so that they are looked at

func TestAStreamGivesTheResultsInOrder(t *testing.T) {
	for _, r := range streams {
		for _, n := range []int{0, 1, 10, 10_000} {
			t.Run(fmt.Sprint(r.name, ", ", n), func(t *testing.T) {
				next := uint64(0)
				r.run(upTo(n), tiny.f, func(got uint64) {
					if want := tiny.plain(next); got != want {
						t.Fatalf("result %d is %d, want %d", next, got, want)
					}
					next++
				})
				if next != uint64(n) {
					t.Errorf("%d results, want %d", next, n)
				}
			})
		}
	}
}
