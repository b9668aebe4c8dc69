package bench

import (
	"sync/atomic"
	"testing"
)

// barrier lets nobody pass before all have come.
type barrier struct {
	missing atomic.Int64
	open    chan struct{}
}

func newBarrier(n int) *barrier {
	b := &barrier{open: make(chan struct{})}
	b.missing.Store(int64(n))
	return b
}

func (b *barrier) pass() {
	if b.missing.Add(-1) == 0 {
		close(b.open)
		return
	}
	<-b.open
}

// A thousand tasks none of which ends before all have begun: the worst case
// for whoever saves goroutines.
func BenchmarkBarrier(b *testing.B) {
	const tasks = 1000
	b.Run("tasks=1000", func(b *testing.B) {
		each(b, spawns, tasks, func(run spawn) { run(tasks, newBarrier(tasks).pass) })
	})
}
