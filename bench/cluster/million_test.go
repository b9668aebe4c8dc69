package bench

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkMillions is a run of ten million tasks, with a server, a worker, and
// who submits and waits, each a process; then another process waits for the
// same run, from its start.
func BenchmarkMillions(b *testing.B) {
	const tasks = 10_000_000
	b.Run("impl=skein", func(b *testing.B) {
		f := startFleet(b, 1, false)
		f.work(1, concurrency)
		b.ResetTimer()
		ended, waiter := f.numbers(f.command("run", "-name", "ten-million", "-tasks", fmt.Sprint(tasks)))
		b.ReportMetric(ended/b.Elapsed().Seconds(), "tasks/s")
		b.ReportMetric(waiter, "waiter-MB")
		worker, err := Resident(f.workers[0].Process.Pid, "VmHWM")
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(worker, "worker-MB")
		start := time.Now()
		again, _ := f.numbers(f.command("run", "-name", "ten-million"))
		b.ReportMetric(time.Since(start).Seconds(), "again-s")
		if ended != tasks || again != tasks {
			b.Errorf("%.0f and %.0f tasks have ended, of %d", ended, again, tasks)
		}
	})
}
