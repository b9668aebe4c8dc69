package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster"
)

// BenchmarkLeader kills the server of three that leads the task stream while
// tasks are submitted and run: how long the waiter then hears nothing, at most,
// until tasks that were submitted later have ended, and for five seconds more.
// Who hears nothing for a minute is given up, and has that as his silence.
func BenchmarkLeader(b *testing.B) {
	const before, after = 5000, 5 * time.Second
	b.Run("impl=skein", func(b *testing.B) {
		f := startFleet(b, 3, false)
		f.work(1, 64, "-takes", "5ms")
		f.warmUp()
		ctx := b.Context()
		run, err := f.client.Run(ctx, "leader")
		if err != nil {
			b.Fatal(err)
		}
		s := keepSubmitting(ctx, b, run)
		w := startWaiter(ctx, run)
		if !w.until(func() bool { return w.ended >= before }) {
			b.Fatal("the waiter is deaf while nothing is wrong")
		}
		f.servers[leader(b, f.url)].Process.Kill()
		killed, then := time.Now(), s.safe.Load()
		over := w.until(func() bool { return w.newest > then+submitters && time.Since(killed) > after })
		b.ReportMetric(w.longest.Seconds(), "silence-s")
		if !over {
			return
		}
		s.stop()
		if !w.until(func() bool { return w.done }) || int64(w.ended) != s.safe.Load() {
			b.Errorf("%d outcomes, and %d tasks were submitted", w.ended, s.safe.Load())
		}
		b.ReportMetric(float64(w.refused), "errors")
	})
}

// waiter reads a run's outcomes. After an error it asks again, as a program
// that waits would have to.
type waiter struct {
	mu      sync.Mutex
	ended   int
	newest  int64 // the greatest number of a task that has ended
	heard   time.Time
	longest time.Duration // silence, since until was called
	refused int           // errors
	done    bool
}

func startWaiter(ctx context.Context, run *cluster.Run) *waiter {
	w := &waiter{heard: time.Now()}
	go func() {
		seen := map[cluster.ID]bool{}
		for again := true; again && ctx.Err() == nil; {
			again = false
			for o, err := range run.Outcomes(ctx) {
				w.mu.Lock()
				if err != nil {
					again = true
					w.refused++
				} else if !seen[o.Task] {
					seen[o.Task] = true
					w.hears(o)
				}
				w.mu.Unlock()
			}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.done = true
	}()
	return w
}

func (w *waiter) hears(o cluster.Ended) {
	w.longest = max(w.longest, time.Since(w.heard))
	w.heard = time.Now()
	w.ended++
	w.newest = max(w.newest, int64(o.Task.N))
}

// until waits until that is so; or, then it is false, nothing was heard for a
// minute. It looks from outside, for the waiter may not come back.
func (w *waiter) until(is func() bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.longest = 0; !is(); {
		if w.longest = max(w.longest, time.Since(w.heard)); w.longest > time.Minute {
			return false
		}
		w.mu.Unlock()
		time.Sleep(10 * time.Millisecond) // the clock is what is measured
		w.mu.Lock()
	}
	return true
}

// submitting is callers that submit one task after the other.
type submitting struct {
	safe atomic.Int64 // how many are
	stop func()       // ends it, and closes the run
}

const submitters = 16

func keepSubmitting(ctx context.Context, b *testing.B, run *cluster.Run) *submitting {
	s := new(submitting)
	enough := make(chan struct{})
	s.stop = sync.OnceFunc(func() { close(enough) })
	failed := func(err error) bool {
		if err != nil && ctx.Err() == nil {
			b.Error(err)
		}
		return err != nil
	}
	var all sync.WaitGroup
	for range submitters {
		all.Go(func() {
			for {
				select {
				case <-enough:
					return
				default:
				}
				if _, err := Nothing.Submit(ctx, run, Args); failed(err) {
					return
				}
				s.safe.Add(1)
			}
		})
	}
	go func() {
		all.Wait()
		failed(run.Close(ctx))
	}()
	return s
}

// leader is the name of the server that leads the task stream.
func leader(b *testing.B, url string) string {
	nc, err := nats.Connect(url)
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		b.Fatal(err)
	}
	s, err := js.Stream(b.Context(), "SKEIN_TASKS")
	if err != nil {
		b.Fatal(err)
	}
	return s.CachedInfo().Cluster.Leader
}
