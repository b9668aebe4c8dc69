package bench

import (
	"testing"

	"example.com/skein/cluster/embed"
)

// BenchmarkBulk is many tasks at once: submitted, run, accounted. Two promises
// are compared, each with rivals that make the same one: what was submitted
// outlives a power cut, or outlives one that comes a second later.
func BenchmarkBulk(b *testing.B) {
	for _, row := range []struct {
		sync string
		all  []contestant
	}{
		{"always", []contestant{
			{"asynq", 4000, asynqOn("always")},
			{"river", 30_000, riverWith(tuned)},
			{"skein", 200_000, skein()},
		}},
		{"later", []contestant{
			{"asynq", 20_000, asynqOn("everysec")},
			{"skein", 500_000, skein(embed.Fast())},
		}},
	} {
		b.Run("sync="+row.sync, func(b *testing.B) {
			each(b, row.all, func(b *testing.B, q queue, tasks int) {
				ran := counted(q)
				pass(b, q, tasks/5, ran) // to warm up
				b.ResetTimer()
				pass(b, q, tasks, ran)
				b.ReportMetric(float64(tasks)/b.Elapsed().Seconds(), "tasks/s")
			})
		})
	}
}
