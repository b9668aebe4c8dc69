package bench

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// BenchmarkIdle is a task now and then: how long until it starts. The pause
// between two is of any length below a second, for some look every so often.
func BenchmarkIdle(b *testing.B) {
	each(b, []contestant{
		{"asynq", 20, asynqOn("always")},
		{"asynq_tuned", 20, asynqOn("always", oftener)},
		{"river", 20, riverWith()},
		{"river_tuned", 20, riverWith(tuned)},
		{"skein", 20, skein()},
	}, func(b *testing.B, q queue, tasks int) {
		started := make(chan time.Time, 1)
		q.work(func() { started <- time.Now() })
		latency := func() time.Duration {
			submitted := time.Now()
			if err := q.submit(); err != nil {
				b.Fatal(err)
			}
			return (<-started).Sub(submitted)
		}
		latency() // to warm up
		var all []time.Duration
		for range tasks {
			time.Sleep(rand.N(time.Second)) // nobody has anything to do
			all = append(all, latency())
		}
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2].Seconds()*1000, "p50-ms")
		b.ReportMetric(all[len(all)-1].Seconds()*1000, "max-ms")
	})
}
