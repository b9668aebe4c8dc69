package bench

import (
	"os/exec"
	"slices"
	"testing"
)

// BenchmarkOpen is a program that embeds the server: until it can be used, in a
// directory that is empty, the median of some starts; and how much memory the
// whole program then has, at most.
func BenchmarkOpen(b *testing.B) {
	b.Run("impl=skein", func(b *testing.B) {
		f := &fleet{b: b, node: node(b)}
		var all []float64
		most := 0.0
		for range 11 {
			ms, resident := f.numbers(exec.Command(f.node, "open", "-dir", b.TempDir()))
			all, most = append(all, ms), max(most, resident)
		}
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2], "ms")
		b.ReportMetric(most, "idle-MB")
	})
}
