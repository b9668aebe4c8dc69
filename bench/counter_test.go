package bench

import (
	"fmt"
	"sync"
	"testing"

	"example.com/skein"
)

// counter is a WaitGroup, ours or the standard library's. It is an interface
// for the contracts; the benchmarks call the types themselves.
type counter interface {
	Add(int)
	Done()
	Go(func())
	Wait()
}

var counters = []impl[func() counter]{
	{"sync", func() counter { return new(sync.WaitGroup) }},
	{"skein", func() counter { return new(skein.WaitGroup) }},
}

var contended = []impl[func(*testing.B)]{
	{"sync", func(b *testing.B) {
		var wg sync.WaitGroup
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				wg.Add(1)
				wg.Done()
			}
		})
		wg.Wait()
	}},
	{"skein", func(b *testing.B) {
		var wg skein.WaitGroup
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				wg.Add(1)
				wg.Done()
			}
		})
		wg.Wait()
	}},
}

// Add and Done on one counter; perproc goroutines for each processor do so.
func BenchmarkCounter(b *testing.B) {
	for _, n := range []int{1, 4, 32} {
		b.Run(fmt.Sprintf("perproc=%d", n), func(b *testing.B) {
			for _, r := range contended {
				b.Run("impl="+r.name, func(b *testing.B) {
					b.ReportAllocs()
					b.SetParallelism(n)
					r.run(b)
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/pair")
				})
			}
		})
	}
}

var waitGroups = []impl[spawn]{
	{"sync", spawnWaitGroupGo},
	{"skein", spawnSkeinWaitGroupGo},
}

func spawnSkeinWaitGroupGo(n int, task func()) {
	var wg skein.WaitGroup
	for range n {
		wg.Go(task)
	}
	wg.Wait()
}

// WaitGroup.Go, a thousand tasks that do nothing.
func BenchmarkWaitGroupGo(b *testing.B) {
	const tasks = 1000
	b.Run("tasks=1000", func(b *testing.B) {
		each(b, waitGroups, tasks, func(run spawn) { run(tasks, nothing) })
	})
}
