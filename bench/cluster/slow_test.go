package bench

import "testing"

// BenchmarkSlow is tasks that last, for four workers: how much of the workers'
// time is used, from the first task that is submitted to the last that is
// accounted. Ideal is that each of their places always has a task. With sync
// what is acknowledged is on the disk.
func BenchmarkSlow(b *testing.B) {
	const (
		workers, each = 4, 64
		tasks         = 100_000
	)
	for _, row := range []struct {
		name string
		sync bool
	}{{"always", true}, {"later", false}} {
		b.Run("sync="+row.name+"/impl=skein", func(b *testing.B) {
			f := startFleet(b, 1, row.sync)
			f.work(workers, each, "-takes", "10ms")
			f.warmUp()
			b.ResetTimer()
			busy := f.pass(tasks).busy // a sleep is a little longer than was asked for
			b.ReportMetric(100*busy.Seconds()/(workers*each*b.Elapsed().Seconds()), "%ideal")
		})
	}
}
