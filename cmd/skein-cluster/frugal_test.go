package main

import (
	"runtime"
	"testing"
)

func TestTheLimitOfMemoryFollowsWhatIsNeeded(t *testing.T) {
	const mebi = 1 << 20
	f := frugal{least: leastMemory, limit: leastMemory}
	for live, share := range map[int64]float64{10 * mebi: 0.3, 200 * mebi: 0.01} { // busy with little; reading much
		if f.adapt(live, share); f.limit != leastMemory {
			t.Errorf("%d live, %v of the time: %d", live, share, f.limit)
		}
	}
	const needed = 3000 * mebi
	for i := 0; f.limit < needed+needed/4; i++ {
		if f.adapt(needed, 0.4); i > 10 {
			t.Fatalf("it stays at %d, while %d is needed", f.limit, needed)
		}
	}
	enough := f.limit
	if f.adapt(needed, 0.02); f.limit != enough {
		t.Errorf("%d is enough, and it goes to %d", enough, f.limit)
	}
	for range 20 {
		f.adapt(30*mebi, 0)
	}
	if f.limit != leastMemory {
		t.Errorf("it stays at %d, while nothing is needed", f.limit)
	}
}

func TestLookingAtMemoryKnowsItsMetrics(t *testing.T) {
	f := frugal{least: leastMemory, limit: leastMemory}
	runtime.GC() // they are as of the last collection
	if got := f.look(); got != leastMemory || f.all <= 0 {
		t.Errorf("%d, after %v seconds of CPU time", got, f.all)
	}
}
