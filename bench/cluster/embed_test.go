package bench

import (
	"os/exec"
	"testing"
)

// BenchmarkOpen is a program that embeds the server: until it can be used, in a
// directory that is empty, and how much memory the whole program then has.
func BenchmarkOpen(b *testing.B) {
	b.Run("impl=skein", func(b *testing.B) {
		f := &fleet{b: b, node: node(b)}
		ms, resident := f.numbers(exec.Command(f.node, "open", "-dir", b.TempDir()))
		b.ReportMetric(ms, "ms")
		b.ReportMetric(resident, "idle-MB")
	})
}
