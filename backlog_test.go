package skein_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestBacklog(t *testing.T) {
	for _, row := range []struct{ limit, backlog int }{{1, 0}, {2, 0}, {1, 1}, {2, 3}} {
		bubble.Run(t, fmt.Sprintf("Go blocks while %d are queued, limit %d", row.backlog, row.limit), func(t *testing.T) {
			g := skein.New(t.Context(), skein.Limit(row.limit), skein.Backlog(row.backlog))
			var submitted atomic.Int64
			go func() {
				for range 10 {
					g.Go(lasting(time.Second, nil))
					submitted.Add(1)
				}
			}()
			synctest.Wait()
			if n := int(submitted.Load()); n != row.limit+row.backlog {
				t.Errorf("%d submitted at once, want %d", n, row.limit+row.backlog)
			}
			<-time.After(1500 * time.Millisecond)
			synctest.Wait()
			if n, want := int(submitted.Load()), min(10, 2*row.limit+row.backlog); n != want {
				t.Errorf("%d submitted after a round, want %d", n, want)
			}
			wantErr(t, g.Wait(), nil)
			if s := g.Stats(); s != (skein.Stats{Succeeded: 10}) {
				t.Errorf("stats %+v", s)
			}
		})
	}
	bubble.Run(t, "with 0 Go returns when the task starts, as errgroup's does", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Backlog(0))
		start := time.Now()
		for i := range 5 {
			g.Go(lasting(time.Second, nil))
			if d := time.Since(start); d != time.Duration(i)*time.Second {
				t.Errorf("Go number %d returned after %v", i+1, d)
			}
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "without a limit it has no effect", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Backlog(0))
		for range 100 {
			g.Go(lasting(time.Second, nil))
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "those that are blocked come in in the order of their calls", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Backlog(0))
		g.Go(lasting(time.Second, nil))
		var order []int
		for i := range 20 {
			go g.Go(func(context.Context) error {
				order = append(order, i)
				<-time.After(time.Second)
				return nil
			})
			synctest.Wait()
		}
		wantErr(t, g.Wait(), nil)
		for i, n := range order {
			if i != n {
				t.Errorf("call %d came in as number %d", n, i)
			}
		}
		if len(order) != 20 {
			t.Errorf("Wait returned when %d of 20 had run: it overtook a blocked Go", len(order))
		}
	})
	bubble.Run(t, "a limit that is raised or removed lets them in", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Backlog(0))
		end := make(chan struct{})
		var submitters sync.WaitGroup
		for range 10 {
			submitters.Go(func() { g.Go(until(end)) })
		}
		synctest.Wait()
		for _, limit := range []int{3, 7} {
			g.SetLimit(limit)
			synctest.Wait()
			if s := g.Stats(); s != (skein.Stats{Running: limit}) {
				t.Errorf("limit %d: stats %+v", limit, s)
			}
		}
		g.SetLimit(0)
		submitters.Wait()
		close(end)
		wantErr(t, g.Wait(), nil)
		if s := g.Stats(); s != (skein.Stats{Succeeded: 10}) {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestABlockedGoReturnsFalse(t *testing.T) {
	// Each row ends the group while a task runs that does not look at its
	// context, and nobody else will make room.
	for _, row := range []struct {
		name string
		end  func(g *skein.Group, cancel context.CancelCauseFunc)
	}{
		{"when the group is cancelled", func(g *skein.Group, _ context.CancelCauseFunc) { g.Cancel(errBoom) }},
		{"when the parent is cancelled", func(_ *skein.Group, cancel context.CancelCauseFunc) { cancel(errBoom) }},
	} {
		bubble.Run(t, row.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			g := skein.New(ctx, skein.Limit(1), skein.Backlog(0))
			end := make(chan struct{})
			g.Go(until(end))
			var submitters sync.WaitGroup
			for range 5 {
				submitters.Go(func() {
					if g.Go(boom) {
						t.Error("Go reported true")
					}
				})
			}
			synctest.Wait()
			row.end(g, cancel)
			submitters.Wait()
			close(end)
			wantErr(t, g.Wait(), errBoom)
			if s := g.Stats(); s != (skein.Stats{Succeeded: 1}) {
				t.Errorf("stats %+v", s)
			}
		})
	}
	bubble.Run(t, "when a task fails", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Backlog(2))
		for range 3 {
			g.Go(lasting(time.Second, errBoom))
		}
		if g.Go(succeed) {
			t.Error("Go reported true")
		}
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Failed: 1, Skipped: 2}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "and is counted no more when it had just been let in", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Backlog(0))
		end := make(chan struct{})
		g.Go(until(end))
		go g.Go(boom)
		synctest.Wait()
		g.SetLimit(2) // lets it in; before it runs the group is cancelled
		g.Cancel(errBoom)
		done, cancel := context.WithCancel(t.Context())
		cancel()
		synctest.Wait()
		still, ok := g.WaitContext(done).(*skein.StillRunning)
		if !ok || still.Queued+len(still.Workers) != g.Len() {
			t.Errorf("%v, but length %d", still, g.Len())
		}
		close(end)
		if err := g.Wait(); err != errBoom {
			t.Errorf("got %v", err)
		}
	})
	bubble.Run(t, "and takes no place in the line any more", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		g := skein.New(ctx, skein.Limit(1), skein.Backlog(0))
		end := make(chan struct{})
		g.Go(until(end))
		var submitters sync.WaitGroup
		for range 3 {
			submitters.Go(func() { g.Go(boom) })
		}
		synctest.Wait()
		cancel()
		submitters.Wait()
		g.SetLimit(7)
		if still := giveUp(t, g); still.Queued != 0 || len(still.Workers) != 1 {
			t.Errorf("got %v", still)
		}
		close(end)
		wantErr(t, g.Wait(), context.Canceled)
	})
	bubble.Run(t, "also when the cancellation itself makes room", func(t *testing.T) {
		for range 200 {
			ctx, cancel := context.WithCancel(t.Context())
			g := skein.New(ctx, skein.Limit(1), skein.Backlog(0))
			g.Go(untilDone)
			accepted := make(chan bool, 1)
			go func() { accepted <- g.Go(boom) }()
			synctest.Wait()
			cancel()
			if <-accepted {
				t.Fatal("Go reported true")
			}
			wantErr(t, g.Wait(), context.Canceled)
		}
	})
}
