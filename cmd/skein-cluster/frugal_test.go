package main

import (
	"runtime"
	"sync"
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

// TestStacksAreNeededToo has so many goroutines that their stacks are most of it.
func TestStacksAreNeededToo(t *testing.T) {
	const stacks, each = 64, 256 << 10
	runtime.GC()
	before := needed()
	var begun, done sync.WaitGroup
	end := make(chan bool)
	for range stacks {
		begun.Add(1)
		done.Go(func() {
			deep(each, func() { begun.Done(); <-end })
		})
	}
	begun.Wait()
	runtime.GC()
	if grown := needed() - before; grown < stacks*each {
		t.Errorf("%d bytes of stacks, and %d more are needed", stacks*each, grown)
	}
	close(end)
	done.Wait()
}

// deep calls f with that many bytes on the stack.
func deep(n int, f func()) byte {
	var room [1 << 10]byte
	if n <= 0 {
		f()
		return room[0]
	}
	room[n%len(room)] = deep(n-len(room), f)
	return room[0]
}
