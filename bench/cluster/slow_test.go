package bench

import (
	"testing"
	"time"
)

// BenchmarkSlow is tasks that last, for four workers: how much of the time the
// workers have one, from the first that is submitted to the last that is
// accounted. With sync what is acknowledged is on the disk.
func BenchmarkSlow(b *testing.B) {
	const (
		workers, each = 4, 64
		takes         = 10 * time.Millisecond
		tasks         = 100_000
		ideal         = takes * tasks / (workers * each)
	)
	for _, row := range []struct {
		name string
		sync bool
	}{{"always", true}, {"later", false}} {
		b.Run("sync="+row.name+"/impl=skein", func(b *testing.B) {
			f := startFleet(b, 1, row.sync)
			f.work(workers, each, "-takes", takes.String())
			f.warmUp()
			b.ResetTimer()
			f.pass(tasks)
			b.ReportMetric(100*ideal.Seconds()/b.Elapsed().Seconds(), "%ideal")
		})
	}
}
