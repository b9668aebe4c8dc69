package bench

import (
	"context"
	"testing"

	"example.com/skein"
)

// values runs task for each number below n in a group and returns the sum of
// what it gives.
type values func(n int, task func(i int) (int, error)) int

// slice is the same group, whose tasks write into a slice that may be read when
// all have ended; skein has futures, and waits for each.
var futures = []impl[values]{
	{"slice", valuesSlice},
	{"skein", valuesFutures},
}

func valuesSlice(n int, task func(i int) (int, error)) int {
	g := skein.New(context.Background())
	all := make([]int, n)
	for i := range n {
		g.Go(func(context.Context) (err error) {
			all[i], err = task(i)
			return err
		})
	}
	must(g.Wait())
	sum := 0
	for _, v := range all {
		sum += v
	}
	return sum
}

func valuesFutures(n int, task func(i int) (int, error)) int {
	ctx := context.Background()
	g := skein.New(ctx)
	all := make([]*skein.Future[int], n)
	for i := range n {
		all[i] = skein.Spawn(g, func(context.Context) (int, error) { return task(i) })
	}
	sum := 0
	for _, f := range all {
		v, err := f.Wait(ctx)
		must(err)
		sum += v
	}
	must(g.Wait())
	return sum
}

func TestEveryValueOfAGroupArrives(t *testing.T) {
	for _, r := range futures {
		t.Run(r.name, func(t *testing.T) {
			if sum := r.run(1000, itself); sum != 999*1000/2 {
				t.Errorf("the values 0 to 999 add up to %d", sum)
			}
		})
	}
}

//go:noinline
func itself(i int) (int, error) { return i, nil }

// A thousand tasks that give a value each.
func BenchmarkFuture(b *testing.B) {
	const tasks = 1000
	b.Run("tasks=1000", func(b *testing.B) {
		each(b, futures, tasks, func(run values) { run(tasks, itself) })
	})
}
