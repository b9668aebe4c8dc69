package cluster_test

import (
	"context"
	"strings"
	"testing"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
	"example.com/skein/cluster/embed"
)

// BenchmarkRun is a task that does nothing: submitted, run, and accounted at
// the waiter.
func BenchmarkRun(b *testing.B) {
	for _, bench := range []struct {
		name string
		opts []embed.Option
	}{{"fsync", nil}, {"fast", []embed.Option{embed.Fast()}}} {
		b.Run(bench.name, func(b *testing.B) {
			c, err := embed.Open(b.Context(), b.TempDir(), bench.opts...)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			nothing := cluster.Define[string, struct{}]("nothing")
			nothing.Handle(c, func(context.Context, string) (struct{}, error) { return struct{}{}, nil })
			stop := clustertest.Work(b, c, 64)
			defer stop()
			run := openRun(b, c, "r")
			args := strings.Repeat("x", 98)
			b.ResetTimer()
			if n, err := nothing.SubmitAll(b.Context(), run, func(yield func(string) bool) {
				for i := 0; i < b.N && yield(args); i++ {
				}
			}); n != b.N || err != nil {
				b.Fatal(n, err)
			}
			if err := run.Wait(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
		})
	}
}
