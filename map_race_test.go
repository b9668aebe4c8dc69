//go:build race

package skein_test

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"example.com/skein"
)

// Map, Each and EachSeq are judged with the plants of race_test.go.
func init() {
	plants = append(plants, []plant{
		{"two items of Map that are no neighbours", true, func() {
			x := 0
			_, _ = skein.Map(context.Background(), upTo(100), func(_ context.Context, i int) (int, error) {
				if i == 10 || i == 60 {
					x++
				}
				return i, nil
			})
		}},
		{"neighbours, with a limit", true, func() {
			x := 0
			_ = skein.Each(context.Background(), upTo(2), func(context.Context, int) error { x++; return nil }, skein.Limit(2))
		}},
		{"items of which the second begins when the first has ended", true, func() {
			x := 0
			var ended unseen
			_ = skein.Each(context.Background(), upTo(2), func(_ context.Context, i int) error {
				if i == 0 {
					defer ended.raise()
				} else {
					ended.await()
				}
				x++
				return nil
			})
		}},
		{"items on one processor", true, func() {
			runtime.GOMAXPROCS(1)
			x := 0
			_ = skein.Each(context.Background(), upTo(2), func(context.Context, int) error { x++; return nil })
		}},
		{"two items of EachSeq", true, func() {
			x := 0
			_ = skein.EachSeq(context.Background(), slices.Values(upTo(20)), func(_ context.Context, i int) error {
				if i == 3 || i == 15 {
					x++
				}
				return nil
			})
		}},
		{"an item and a source that goes on", true, func() {
			x := 0
			_ = skein.EachSeq(context.Background(), func(yield func(int) bool) {
				yield(1)
				x++
			}, func(context.Context, int) error { x++; return nil })
		}},
		{"an item that writes to its neighbour's result", true, func() {
			results := make([]int, 10)
			_ = skein.Each(context.Background(), upTo(10), func(_ context.Context, i int) error {
				results[i] = i
				results[(i+1)%10] = i
				return nil
			}, skein.KeepGoing())
		}},

		{"items that write what is theirs, before and after Map", false, func() {
			in := upTo(300)
			seen := make([]int, len(in))
			in[0] = 0
			out, _ := skein.Map(context.Background(), in, func(_ context.Context, i int) (*int, error) {
				seen[i]++
				if i%10 == 3 {
					return nil, errors.New("ends in a three")
				}
				return &i, nil
			}, skein.KeepGoing(), skein.Limit(3))
			for i, v := range out {
				if seen[i]++; v != nil {
					*v++
				}
			}
		}},
		{"a source, its items, and what follows", false, func() {
			seen := make([]int, 100)
			err := skein.EachSeq(context.Background(), func(yield func(int) bool) {
				for i := range seen {
					if seen[i] = i; !yield(i) {
						return
					}
				}
			}, func(_ context.Context, i int) error { seen[i]++; return errBoom }, skein.KeepGoing(), skein.Limit(3))
			seen[0]++
			_ = err.Error()
		}},
		{"items one at a time", false, func() {
			x := 0
			_ = skein.Each(context.Background(), upTo(100), func(context.Context, int) error { x++; return nil }, skein.Limit(1))
			x++
		}},
		{"items that panic and call Goexit", false, func() {
			defer func() { _ = recover().(*skein.PanicError).Error() }()
			_ = skein.Each(context.Background(), upTo(100), func(ctx context.Context, i int) error {
				if i%40 == 39 {
					panic(i)
				}
				return quit(ctx)
			}, skein.KeepGoing())
		}},
	}...)
}
