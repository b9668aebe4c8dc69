package bench

import (
	"flag"
	"sync"
	"testing"
	"time"
)

// spinLoops makes a task of one microsecond. Processes to be compared must be
// given the same number, or each measures its own idea of a microsecond.
var spinLoops = flag.Int("spin", 0, "turns of the loop that last a microsecond; 0: calibrate")

var sink uint64

// spin keeps the processor busy, as sleeping would not. A number of this kind
// never becomes zero, so tasks that run at once do not meet in sink.
//
//go:noinline
func spin(loops int) {
	x := uint64(88172645463325252)
	for range loops {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	if x == 0 {
		sink = x
	}
}

// microsecond is the number of turns that last one. The quickest of several
// tries counts: others on the machine can only make it slower.
var microsecond = sync.OnceValue(func() int {
	if *spinLoops > 0 {
		return *spinLoops
	}
	const loops = 100_000
	best := time.Hour
	for range 50 {
		start := time.Now()
		spin(loops)
		best = min(best, time.Since(start))
	}
	return max(1, int(loops*time.Microsecond/best))
})

// Spin is the yardstick: the loop alone, in ns/op, and its number of turns.
func BenchmarkSpin(b *testing.B) {
	n := microsecond()
	for b.Loop() {
		spin(n)
	}
	b.ReportMetric(float64(n), "loops/us")
}

// A thousand tasks of one microsecond.
func BenchmarkShort(b *testing.B) {
	const tasks = 1000
	n := microsecond()
	b.Run("tasks=1000", func(b *testing.B) {
		each(b, spawns, tasks, func(run spawn) { run(tasks, func() { spin(n) }) })
	})
}
