//go:build race

package skein_test

import (
	"context"
	"iter"
	"runtime"

	"example.com/skein"
)

// drain ranges over a stream that gives no error.
func drain[R any](stream iter.Seq2[R, error]) {
	for _, err := range stream {
		if err != nil {
			panic(err)
		}
	}
}

// Streams are judged with the plants of race_test.go.
func init() {
	background := context.Background()
	plants = append(plants, []plant{
		{"two items of a stream, the second begins when the first has ended", true, func() {
			var x int
			var ended unseen
			drain(skein.Stream(background, numbers(2), func(_ context.Context, i int) (int, error) {
				if i == 1 {
					ended.await()
				}
				x++
				if i == 0 {
					ended.raise()
				}
				return 0, nil
			}, skein.Limit(2)))
		}},
		{"cheap neighbours in a stream", true, func() {
			x := 0
			drain(skein.Stream(background, numbers(100), func(context.Context, int) (int, error) { x++; return 0, nil }, skein.Limit(4)))
		}},
		{"cheap neighbours in a stream without order", true, func() {
			x := 0
			drain(skein.Stream(background, numbers(100), func(context.Context, int) (int, error) { x++; return 0, nil }, skein.Limit(4), skein.Unordered()))
		}},
		{"an item that is taken when an earlier one has been delivered", true, func() {
			x := 0
			drain(skein.Stream(background, numbers(10), func(context.Context, int) (int, error) { x++; return 0, nil }, skein.Backlog(0), skein.Limit(2)))
		}},
		{"an item that fails, and one that ends later", true, func() {
			x := 0
			var begun, told unseen
			for range skein.Stream(background, numbers(2), func(_ context.Context, i int) (int, error) {
				if i == 0 {
					begun.await()
					x++
					told.raise()
				} else {
					begun.raise()
					told.await()
					x++
				}
				return 0, errBoom
			}, skein.Limit(2)) {
			}
		}},
		{"items of a stream on one processor", true, func() {
			runtime.GOMAXPROCS(1)
			x := 0
			drain(skein.Stream(background, numbers(2), func(context.Context, int) (int, error) { x++; return 0, nil }))
		}},
		{"items of two stages", true, func() {
			x := 0
			f := func(_ context.Context, i int) (int, error) { x++; return i, nil }
			drain(skein.Pipe(background, skein.Stream(background, numbers(50), f, skein.Limit(1)), f, skein.Limit(1)))
		}},
		{"an item and the body that has an earlier one", true, func() {
			x := 0
			for i := range skein.Stream(background, numbers(2), func(_ context.Context, i int) (int, error) {
				if i == 1 {
					x++
				}
				return i, nil
			}, skein.Limit(2)) {
				if i == 0 {
					x++
				}
			}
		}},
		{"the source and the body", true, func() {
			x := 0
			source := func(yield func(int) bool) {
				for i := range 100 {
					x++
					if !yield(i) {
						return
					}
				}
			}
			for range skein.Stream(background, source, square, skein.Backlog(1)) {
				x++
			}
		}},
		{"the source and an item", true, func() {
			x := 0
			var taken unseen
			source := func(yield func(int) bool) {
				yield(0)
				taken.await()
				x++
			}
			drain(skein.Stream(background, source, func(context.Context, int) (int, error) {
				x++
				taken.raise()
				return 0, nil
			}))
		}},

		{"source, item, body, and what follows", false, func() {
			after := 0
			source := func(yield func(*int) bool) {
				for i := range 200 {
					p := new(int)
					*p = i
					if after++; !yield(p) {
						return
					}
				}
			}
			f := func(_ context.Context, p *int) (*int, error) { *p++; return p, nil }
			for _, opts := range [][]skein.Option{nil, {skein.Limit(3)}, {skein.Unordered()}, {skein.Limit(0), skein.Backlog(10)}} {
				for p := range skein.Stream(background, source, f, opts...) {
					*p++
				}
				after++
			}
		}},
		{"items of a stream under Limit(1)", false, func() {
			x := 0
			drain(skein.Stream(background, numbers(100), func(context.Context, int) (int, error) { x++; return 0, nil }, skein.Limit(1)))
			x++
		}},
		{"stages that hand a pointer on", false, func() {
			f := func(_ context.Context, p *int) (*int, error) { *p++; return p, nil }
			source := func(yield func(*int) bool) {
				for i := range 100 {
					if p := &i; !yield(p) {
						return
					}
				}
			}
			stream := skein.Stream(background, source, f)
			for range 3 {
				stream = skein.Pipe(background, stream, f, skein.Limit(3))
			}
			for p := range stream {
				if *p++; *p == 50 {
					break
				}
			}
		}},
		{"a stream that is left, fails, panics, is cancelled", false, func() {
			for how := range 5 {
				func() {
					defer func() { _ = recover() }()
					x := make([]int, 300)
					ctx, cancel := context.WithCancel(background)
					defer cancel()
					f := func(_ context.Context, i int) (int, error) {
						x[i]++
						switch {
						case i < 100:
						case how == 0:
							return 0, errBoom
						case how == 1:
							panic(errBoom)
						case how == 2:
							runtime.Goexit()
						case how == 3:
							cancel()
						}
						return i, nil
					}
					n := 0
					for range skein.Stream(ctx, numbers(len(x)), f, skein.Limit(5)) {
						if n++; n == 150 {
							break
						}
					}
					for i := range x {
						x[i]++
					}
				}()
			}
		}},
	}...)
}
