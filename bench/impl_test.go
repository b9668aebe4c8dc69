package bench

import (
	"runtime"
	"testing"
)

// impl is one rival's way to do a workload.
type impl[F any] struct {
	name string
	run  F
}

// each runs f as a sub-benchmark for every rival. tasks is what one call of
// the loop's body does, so that the figures are per task.
func each[F any](b *testing.B, rivals []impl[F], tasks int, body func(run F)) {
	for _, r := range rivals {
		b.Run("impl="+r.name, func(b *testing.B) { perTask(b, tasks, func() { body(r.run) }) })
	}
}

// perTask measures body and reports time, processor time and allocations per
// task. Processor time is the steadier figure where goroutines are made.
func perTask(b *testing.B, tasks int, body func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu := cpuTime()
	for b.Loop() {
		body()
	}
	cpu = cpuTime() - cpu
	runtime.ReadMemStats(&after)

	n := float64(b.N) * float64(tasks)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/task")
	b.ReportMetric(float64(cpu.Nanoseconds())/n, "cpu-ns/task")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/task")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/n, "B/task")
}

// must stops at an error that a workload cannot have.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
