package bench

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// A figure means nothing when the work was not done: every rival is held to
// the contract of its workload. What breaks one hangs, and the test's own time
// limit tells where.

func TestAGroupRunsEachTaskOnce(t *testing.T) {
	for _, r := range spawns {
		t.Run(r.name, func(t *testing.T) {
			for _, n := range []int{0, 1, 10, 1000} {
				var ran int64
				r.run(n, func() { atomic.AddInt64(&ran, 1) })
				if ran != int64(n) {
					t.Errorf("%d of %d tasks ran before the group's end", ran, n)
				}
			}
		})
	}
}

func TestAGroupWithoutLimitHasAllTasksInFlight(t *testing.T) {
	for _, r := range spawns {
		t.Run(r.name, func(t *testing.T) {
			const n = 500
			var passed atomic.Int64
			gate := newBarrier(n)
			r.run(n, func() {
				gate.pass()
				passed.Add(1)
			})
			if passed.Load() != n {
				t.Errorf("%d of %d tasks passed the barrier", passed.Load(), n)
			}
		})
	}
}

func TestALimitedGroupRunsEachTaskOnce(t *testing.T) {
	for _, r := range limits {
		t.Run(r.name, func(t *testing.T) {
			for _, limit := range []int{1, 2, 10} {
				const n = 1000
				var ran int64
				r.run(n, limit, func() { atomic.AddInt64(&ran, 1) })
				if ran != n {
					t.Errorf("limit %d: %d of %d tasks ran before the group's end", limit, ran, n)
				}
			}
		})
	}
}

func TestALimitIsKeptAndReached(t *testing.T) {
	for _, r := range limits {
		for _, limit := range []int{1, 2, 10, 64} {
			t.Run(fmt.Sprintf("%s, %d", r.name, limit), func(t *testing.T) {
				gauge := newGauge(limit)
				r.run(300, limit, gauge.task)
				gauge.check(t)
			})
		}
	}
}

func TestAPoolRunsEachClosureOnce(t *testing.T) {
	for _, r := range pools {
		t.Run(r.name, func(t *testing.T) {
			var ran [1000]int32
			r.run(len(ran), 10, func(i int) { atomic.AddInt32(&ran[i], 1) })
			for i, n := range ran {
				if n != 1 {
					t.Errorf("task %d ran %d times", i, n)
				}
			}
		})
	}
}

func TestAPoolKeepsAndReachesItsWorkers(t *testing.T) {
	for _, r := range pools {
		for _, workers := range []int{2, 64} {
			t.Run(fmt.Sprintf("%s, %d", r.name, workers), func(t *testing.T) {
				gauge := newGauge(workers)
				r.run(300, workers, func(int) { gauge.task() })
				gauge.check(t)
			})
		}
	}
}

func TestACounterReleasesItsWaiterAtZero(t *testing.T) {
	for _, r := range counters {
		t.Run(r.name, func(t *testing.T) {
			wg := r.run()
			var plain int // the end of a worker happens before the end of Wait
			wg.Add(1)
			go func() {
				defer wg.Done()
				plain++
			}()
			wg.Wait()
			wg.Go(func() { plain++ })
			wg.Wait()
			if plain != 2 {
				t.Errorf("%d of 2 workers had ended when Wait returned", plain)
			}
		})
	}
}

func TestAWaitGroupRunsEachTaskOnce(t *testing.T) {
	for _, r := range waitGroups {
		t.Run(r.name, func(t *testing.T) {
			var ran int64
			r.run(1000, func() { atomic.AddInt64(&ran, 1) })
			if ran != 1000 {
				t.Errorf("%d of 1000 tasks ran before Wait returned", ran)
			}
		})
	}
}

func TestBlockedWorkersAreAllThereAndWaitedFor(t *testing.T) {
	for _, r := range blocks {
		t.Run(r.name, func(t *testing.T) {
			const n = 500
			gate := newBarrier(n + 1)
			var ended atomic.Int64
			wait := r.run(n, func() {
				gate.pass()
				ended.Add(1)
			})
			gate.pass()
			wait()
			if ended.Load() != n {
				t.Errorf("%d of %d workers had ended when the wait returned", ended.Load(), n)
			}
		})
	}
}

func TestQueuedTasksWaitForTheWorkerAndRunOnce(t *testing.T) {
	for _, r := range queues {
		t.Run(r.name, func(t *testing.T) {
			hold := make(chan struct{})
			var ran atomic.Int64
			wait := r.run(100, hold, func() { ran.Add(1) })
			if n := ran.Load(); n != 0 {
				t.Errorf("%d tasks ran beside the only worker", n)
			}
			close(hold)
			wait()
			if n := ran.Load(); n != 100 {
				t.Errorf("%d of 100 tasks ran before the wait returned", n)
			}
		})
	}
}

// gauge watches how many of its tasks are in flight. The first ones wait until
// there are as many as there may be, so a limit that is not reached hangs.
type gauge struct {
	limit         int64
	running, most atomic.Int64
	full          chan struct{}
	once          atomic.Bool
}

func newGauge(limit int) *gauge {
	return &gauge{limit: int64(limit), full: make(chan struct{})}
}

func (g *gauge) task() {
	n := g.running.Add(1)
	defer g.running.Add(-1)
	for m := g.most.Load(); n > m && !g.most.CompareAndSwap(m, n); m = g.most.Load() {
	}
	if n == g.limit && g.once.CompareAndSwap(false, true) {
		close(g.full)
	}
	<-g.full
}

func (g *gauge) check(t *testing.T) {
	t.Helper()
	if most := g.most.Load(); most != g.limit {
		t.Errorf("%d tasks in flight at once, the limit is %d", most, g.limit)
	}
}
