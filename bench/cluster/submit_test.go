package bench

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkSubmit is callers that submit one task each time and need to know
// that it outlives a power cut. Nobody runs them meanwhile.
func BenchmarkSubmit(b *testing.B) {
	const callers = 64
	b.Run("callers=64", func(b *testing.B) {
		each(b, []contestant{
			{"asynq", 10_000, asynqOn("always")},
			{"river", 10_000, riverWith(tuned)},
			{"skein", 100_000, skein()},
		}, func(b *testing.B, q queue, tasks int) {
			submitted(b, q, callers, tasks/10) // to warm up
			b.ResetTimer()
			waited := submitted(b, q, callers, tasks)
			b.ReportMetric(float64(tasks)/b.Elapsed().Seconds(), "submits/s")
			b.ReportMetric(waited.Seconds()*1000/float64(tasks), "wait-ms")
		})
	})
}

// submitted has n tasks submitted, and returns how long their callers waited
// together.
func submitted(b *testing.B, q queue, callers, n int) time.Duration {
	var waited, left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				start := time.Now()
				if err := q.submit(); err != nil {
					b.Error(err)
					return
				}
				waited.Add(int64(time.Since(start)))
			}
		})
	}
	all.Wait()
	return time.Duration(waited.Load())
}
