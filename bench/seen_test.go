package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
)

// What can be seen of workers, and what that costs when nobody looks: the same
// thousand tasks as in BenchmarkSpawn, in a group that tells nothing.

var seens = []impl[spawn]{
	{"bare", spawnBare},
	{"skein", spawnSkein},
	{"stuckafter", spawnStuckAfter},
}

// bare is what is left of a group without records, places, labels, outcomes,
// contexts and cancellation: a queue and the rule that a queue which is not
// empty has a goroutine on its way to it.
type bare struct {
	mu        sync.Mutex
	queue     []func(context.Context) error
	head      int
	left      int
	searching bool
	idle      chan struct{}
}

func (g *bare) Go(f func(context.Context) error) {
	g.mu.Lock()
	g.left++
	g.queue = append(g.queue, f)
	spawn := !g.searching
	g.searching = true
	g.mu.Unlock()
	if spawn {
		go g.work()
	}
}

func (g *bare) work() {
	g.mu.Lock()
	g.searching = false
	for g.head < len(g.queue) {
		f := g.queue[g.head]
		g.queue[g.head] = nil
		g.head++
		spawn := g.head < len(g.queue) && !g.searching
		g.searching = g.searching || spawn
		g.mu.Unlock()
		if spawn {
			go g.work()
		}
		must(f(context.Background()))
		g.mu.Lock()
		g.left--
	}
	if g.left == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
	g.mu.Unlock()
}

func (g *bare) Wait() {
	g.mu.Lock()
	if g.left == 0 {
		g.mu.Unlock()
		return
	}
	idle := make(chan struct{})
	g.idle = idle
	g.mu.Unlock()
	<-idle
}

// bareQueues keeps the memory of queues, as a group of skein's does.
var bareQueues = sync.Pool{New: func() any { return new([]func(context.Context) error) }}

func spawnBare(n int, task func()) {
	queue := bareQueues.Get().(*[]func(context.Context) error)
	g := &bare{queue: (*queue)[:0]}
	f := func(context.Context) error {
		task()
		return nil
	}
	for range n {
		g.Go(f)
	}
	g.Wait()
	*queue = g.queue
	bareQueues.Put(queue)
}

func spawnStuckAfter(n int, task func()) {
	g := skein.New(context.Background(), skein.StuckAfter(time.Minute, func(skein.Report) {}))
	f := func(context.Context) error {
		task()
		return nil
	}
	for range n {
		g.Go(f)
	}
	must(g.Wait())
}

func TestABareGroupRunsEachTaskOnce(t *testing.T) {
	for _, r := range seens {
		for _, n := range []int{0, 1, 10, 1000} {
			var ran atomic.Int64
			r.run(n, func() { ran.Add(1) })
			if ran.Load() != int64(n) {
				t.Errorf("%s: %d of %d tasks ran", r.name, ran.Load(), n)
			}
		}
	}
}

func BenchmarkSeen(b *testing.B) {
	const n = 1000
	b.Run(fmt.Sprintf("tasks=%d", n), func(b *testing.B) {
		each(b, seens, n, func(run spawn) { run(n, nothing) })
		history := skein.KeepHistory(4096)
		defer history.Close()
		each(b, []impl[spawn]{{"watched", spawnSkein}}, n, func(run spawn) { run(n, nothing) })
	})
}

// Snapshots of many workers, all blocked but one, which spins: for how long is
// it held up? The gaps between its readings of the clock are those of the
// machine too, so the same is measured without snapshots. One measurement
// needs a process of its own.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{100_000} {
		b.Run(fmt.Sprintf("workers=%d", n), func(b *testing.B) {
			for _, look := range []impl[func()]{
				{"none", func() { time.Sleep(2 * time.Millisecond) }}, // as long as a snapshot takes
				{"skein", func() { skein.Process() }},
			} {
				b.Run("impl="+look.name, func(b *testing.B) { gaps(b, n, look.run) })
			}
		})
	}
}

// gaps reports, in milliseconds, the percentiles of a spinning worker's gaps,
// and the median over all looks of the longest in each.
func gaps(b *testing.B, n int, look func()) {
	const looks = 300
	stop := make(chan struct{})
	g := skein.New(context.Background())
	for range n {
		g.Go(func(context.Context) error { <-stop; return nil })
	}
	for g.Stats().Running < n {
		runtime.Gosched()
	}
	var spinning spinner
	g.Go(spinning.run)
	spinning.next() // it spins

	runtime.GC()
	var longest []time.Duration
	for b.Loop() {
		longest = longest[:0]
		for range looks {
			look()
			longest = append(longest, spinning.next())
		}
	}
	spinning.over.Store(true)
	close(stop)
	must(g.Wait())
	slices.Sort(longest)
	b.ReportMetric(longest[len(longest)/2].Seconds()*1e3, "longest-ms")
	b.ReportMetric(spinning.percentile(0.999).Seconds()*1e3, "p999-ms")
}

// spinner reads the clock all the time. Its gaps are counted by their lengths,
// in steps of a microsecond, the last for all that are longer.
type spinner struct {
	over    atomic.Bool
	longest atomic.Int64 // gap since next was called
	counts  [10_000]int
	n       int
}

func (s *spinner) run(context.Context) error {
	last := time.Now()
	for !s.over.Load() {
		now := time.Now()
		gap := now.Sub(last)
		last = now
		if int64(gap) > s.longest.Load() {
			s.longest.Store(int64(gap))
		}
		s.counts[min(int(gap/time.Microsecond), len(s.counts)-1)]++
		s.n++
	}
	return nil
}

// next returns the longest gap since it was called last, once there is one.
func (s *spinner) next() time.Duration {
	for s.longest.Load() == 0 {
		runtime.Gosched()
	}
	return time.Duration(s.longest.Swap(0))
}

// percentile may be asked when run has returned.
func (s *spinner) percentile(p float64) time.Duration {
	left := int(float64(s.n) * p)
	for us, n := range s.counts {
		if left -= n; left < 0 {
			return time.Duration(us+1) * time.Microsecond
		}
	}
	return time.Duration(len(s.counts)) * time.Microsecond
}
