package bench

import (
	"context"
	"runtime"
	"testing"

	"example.com/skein"
	"github.com/alitto/pond/v2"
	"github.com/gammazero/workerpool"
)

// queue gives n tasks to a group of one worker that is busy until hold is
// closed, and returns what waits for all.
type queue func(n int, hold <-chan struct{}, task func()) (wait func())

var queues = []impl[queue]{
	{"workerpool", queueWorkerpool},
	{"pond", queuePond},
	{"skein", queueSkein},
}

func queueWorkerpool(n int, hold <-chan struct{}, task func()) func() {
	p := workerpool.New(1)
	p.Submit(func() { <-hold })
	for range n {
		p.Submit(task)
	}
	return p.StopWait
}

func queuePond(n int, hold <-chan struct{}, task func()) func() {
	p := pond.NewPool(1)
	must(p.Go(func() { <-hold }))
	for range n {
		must(p.Go(task))
	}
	return p.StopAndWait
}

func queueSkein(n int, hold <-chan struct{}, task func()) func() {
	g := skein.New(context.Background(), skein.Limit(1))
	g.Go(func(context.Context) error {
		<-hold
		return nil
	})
	f := func(context.Context) error {
		task()
		return nil
	}
	for range n {
		g.Go(f)
	}
	return func() { must(g.Wait()) }
}

// Tasks that wait in a queue: what each keeps on the heap.
func BenchmarkQueued(b *testing.B) {
	const tasks = 1_000_000
	b.Run("tasks=1000000", func(b *testing.B) {
		for _, r := range queues {
			b.Run("impl="+r.name, func(b *testing.B) {
				for b.Loop() {
					hold := make(chan struct{})
					before := heap()
					wait := r.run(tasks, hold, nothing)
					b.ReportMetric(float64(heap()-before)/tasks, "B/queued")
					close(hold)
					wait()
				}
			})
		}
	})
}

// heap is what is reachable, in bytes. Two collections empty the sync.Pools.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
