package bench

import (
	"context"
	"iter"
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
	const before, after, patience = 5000, 5 * time.Second, time.Minute
	b.Run("impl=skein", func(b *testing.B) {
		f := startFleet(b, 3, false)
		f.work(1, 64, "-takes", "5ms")
		f.warmUp()
		ctx, giveUp := context.WithCancel(context.Background())
		defer giveUp()
		run, err := f.client.Run(ctx, "leader")
		if err != nil {
			b.Fatal(err)
		}
		s := keepSubmitting(ctx, b, run)
		var killed, heard time.Time
		var then int64 // how many were safe when it was killed
		var silence time.Duration
		ended, refused := 0, 0
		late := time.AfterFunc(patience, giveUp)
		for o := range outcomes(ctx, run, &refused) {
			late.Reset(patience)
			if !killed.IsZero() {
				silence = max(silence, time.Since(heard))
			}
			heard = time.Now()
			if ended++; ended == before {
				f.servers[leader(b, f.url)].Process.Kill()
				killed, then = time.Now(), s.safe.Load()
			}
			if !killed.IsZero() && int64(o.Task.N) > then+submitters && time.Since(killed) > after {
				s.stop()
			}
		}
		if ctx.Err() != nil {
			silence = time.Since(heard)
		} else if int64(ended) != s.safe.Load() {
			b.Errorf("%d outcomes, and %d tasks were submitted", ended, s.safe.Load())
		}
		b.ReportMetric(silence.Seconds(), "silence-s")
		b.ReportMetric(float64(refused), "errors")
	})
}

// outcomes gives each task's outcome once. After an error it asks again, as a
// program that waits would have to, and counts it.
func outcomes(ctx context.Context, run *cluster.Run, refused *int) iter.Seq[cluster.Ended] {
	return func(yield func(cluster.Ended) bool) {
		seen := map[cluster.ID]bool{}
		for failed := true; failed && ctx.Err() == nil; {
			failed = false
			for o, err := range run.Outcomes(ctx) {
				if err != nil {
					failed = true
					*refused++
				} else if !seen[o.Task] {
					seen[o.Task] = true
					if !yield(o) {
						return
					}
				}
			}
		}
	}
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
