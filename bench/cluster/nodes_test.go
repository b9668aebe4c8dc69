package bench

import "testing"

// BenchmarkNodes is many tasks on one server, and on three that all have each
// message. The worker is a process of its own, as are the servers, and what is
// acknowledged is not on the disk yet: three have it.
func BenchmarkNodes(b *testing.B) {
	const tasks = 100_000
	for _, row := range []struct {
		impl    string
		servers int
	}{{"one", 1}, {"three", 3}} {
		b.Run("impl="+row.impl, func(b *testing.B) {
			f := startFleet(b, row.servers, false)
			f.work(1, concurrency)
			f.warmUp()
			f.pass(tasks / 5) // to warm up
			b.ResetTimer()
			f.pass(tasks)
			b.ReportMetric(tasks/b.Elapsed().Seconds(), "tasks/s")
		})
	}
}
