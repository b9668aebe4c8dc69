package skein_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// tide counts how many tasks run at the same time, and the most that ever did.
type tide struct {
	now, high atomic.Int64
}

func (c *tide) task(d time.Duration) task {
	return func(context.Context) error {
		defer c.now.Add(-1)
		if now := c.now.Add(1); now > c.high.Load() {
			c.high.Store(now) // exact enough: those that start together meet below
		}
		<-time.After(d)
		if now := c.now.Load(); now > c.high.Load() {
			c.high.Store(now)
		}
		return nil
	}
}

func TestLimit(t *testing.T) {
	for _, limit := range []int{1, 2, 7} {
		bubble.Run(t, fmt.Sprintf("%d run at the same time, no more and no less", limit), func(t *testing.T) {
			g := skein.New(t.Context(), skein.Limit(limit))
			var c tide
			start := time.Now()
			for range 7 * limit {
				g.Go(c.task(time.Second))
			}
			wantErr(t, g.Wait(), nil)
			if d := time.Since(start); d != 7*time.Second || c.high.Load() != int64(limit) {
				t.Errorf("%d at a time, took %v; want %d and 7s", c.high.Load(), d, limit)
			}
		})
	}
	bubble.Run(t, "tasks start in the order of submission", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		var order []int // one at a time: no lock is needed
		for i := range 200 {
			g.Go(func(context.Context) error {
				order = append(order, i)
				return nil
			})
		}
		wantErr(t, g.Wait(), nil)
		for i, n := range order {
			if i != n {
				t.Fatalf("task %d started as number %d", n, i)
			}
		}
	})
	bubble.Run(t, "Go returns at once, and a worker may submit to its own full group", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		var n int
		var next func(depth int) task
		next = func(depth int) task {
			return func(context.Context) error {
				n++
				if depth > 0 {
					g.Go(next(depth - 1))
					g.Go(succeed)
				}
				return nil
			}
		}
		g.Go(next(100))
		wantErr(t, g.Wait(), nil)
		if n != 101 || g.Stats().Succeeded != 201 {
			t.Errorf("%d of 101 ran, stats %+v", n, g.Stats())
		}
	})
	bubble.Run(t, "Len and Stats count who runs and who is queued", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(2))
		for range 5 {
			g.Go(lasting(time.Second, nil))
		}
		synctest.Wait()
		if s := g.Stats(); g.Len() != 5 || s != (skein.Stats{Running: 2, Queued: 3}) {
			t.Errorf("length %d, stats %+v", g.Len(), s)
		}
		<-time.After(1500 * time.Millisecond)
		if s := g.Stats(); g.Len() != 3 || s != (skein.Stats{Running: 2, Queued: 1, Succeeded: 2}) {
			t.Errorf("length %d, stats %+v", g.Len(), s)
		}
		wantErr(t, g.Wait(), nil)
		if s := g.Stats(); g.Len() != 0 || s != (skein.Stats{Succeeded: 5}) {
			t.Errorf("length %d, stats %+v", g.Len(), s)
		}
	})
}

func TestTryGo(t *testing.T) {
	bubble.Run(t, "without room it reports false and leaves no trace", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		if !g.TryGo(lasting(time.Second, nil)) {
			t.Error("there was room for the first")
		}
		if g.TryGo(boom) {
			t.Error("there was no room for the second")
		}
		<-time.After(2 * time.Second)
		if !g.TryGo(succeed) {
			t.Error("there was room again")
		}
		wantErr(t, g.Wait(), nil)
		if s := g.Stats(); s != (skein.Stats{Succeeded: 2}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "a task that is queued takes the room", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(2))
		for range 3 {
			g.Go(lasting(time.Second, nil))
		}
		if g.TryGo(boom) {
			t.Error("TryGo overtook the queue")
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "what it accepts runs at once", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(3))
		end := make(chan struct{})
		var started atomic.Int64
		for range 3 {
			if !g.TryGo(func(context.Context) error {
				started.Add(1)
				<-end
				return nil
			}) {
				t.Error("there was room")
			}
		}
		synctest.Wait()
		if started.Load() != 3 {
			t.Errorf("%d of 3 have started", started.Load())
		}
		close(end)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "a blocked Go comes first", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Backlog(0))
		end := make(chan struct{})
		g.Go(until(end))
		g.SetLimit(1)
		go g.Go(succeed)
		synctest.Wait()
		if g.TryGo(boom) {
			t.Error("TryGo overtook a blocked Go")
		}
		close(end)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "without a limit there is always room", func(t *testing.T) {
		var g skein.Group
		for range 1000 {
			if !g.TryGo(succeed) {
				t.Fatal("no room")
			}
		}
		wantErr(t, g.Wait(), nil)
	})
}

func TestSetLimit(t *testing.T) {
	bubble.Run(t, "lowered, nothing starts until fewer run", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(4))
		for i := range 4 {
			g.Go(lasting(time.Duration(i+1)*time.Second, nil))
		}
		start := time.Now()
		var started time.Duration
		g.Go(func(context.Context) error {
			started = time.Since(start)
			return nil
		})
		synctest.Wait()
		g.SetLimit(1)
		wantErr(t, g.Wait(), nil)
		if started != 4*time.Second {
			t.Errorf("the fifth started after %v, want 4s", started)
		}
	})
	bubble.Run(t, "lowered while a task is on its way to start, this does not start", func(t *testing.T) {
		met := 0
		for range 1000 {
			g := skein.New(t.Context(), skein.Limit(2))
			end := make(chan struct{})
			g.Go(until(end))
			synctest.Wait()
			g.Go(until(end))
			g.SetLimit(1)
			before := g.Stats().Running
			synctest.Wait()
			if after := g.Stats().Running; after != before {
				t.Fatalf("%d ran when the limit became 1, %d after it", before, after)
			}
			met += 2 - before
			close(end)
			wantErr(t, g.Wait(), nil)
		}
		if met == 0 {
			t.Error("every task was faster than SetLimit: nothing was tested")
		}
	})
	bubble.Run(t, "raised, as many more start as there is room for", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		for range 10 {
			g.Go(lasting(time.Second, nil))
		}
		synctest.Wait()
		g.SetLimit(4)
		synctest.Wait()
		if s := g.Stats(); s != (skein.Stats{Running: 4, Queued: 6}) {
			t.Errorf("stats %+v", s)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "0 removes it and releases the queue", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		start := time.Now()
		for range 100 {
			g.Go(lasting(time.Second, nil))
		}
		synctest.Wait()
		g.SetLimit(0)
		wantErr(t, g.Wait(), nil)
		if d := time.Since(start); d != time.Second {
			t.Errorf("took %v, want 1s", d)
		}
	})
	bubble.Run(t, "a limit comes into a group that had none", func(t *testing.T) {
		var g skein.Group
		for range 10 {
			g.Go(lasting(time.Second, nil))
		}
		synctest.Wait()
		g.SetLimit(2)
		var c tide
		for range 10 {
			g.Go(c.task(time.Second))
		}
		wantErr(t, g.Wait(), nil)
		if c.high.Load() != 2 {
			t.Errorf("%d ran at a time", c.high.Load())
		}
	})
	bubble.Run(t, "a task may change the limit of its own group", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		for i := range 20 {
			g.Go(func(context.Context) error {
				g.SetLimit(i % 3)
				<-time.After(time.Second)
				return nil
			})
		}
		wantErr(t, g.Wait(), nil)
		if s := g.Stats(); s != (skein.Stats{Succeeded: 20}) {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestDedicated(t *testing.T) {
	bubble.Run(t, "every task has a goroutine of its own", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Dedicated(), skein.Limit(1))
		seen := map[string]bool{}
		for range 50 {
			g.Go(func(context.Context) error {
				seen[goroutineID()] = true
				return nil
			})
		}
		wantErr(t, g.Wait(), nil)
		if len(seen) != 50 {
			t.Errorf("50 tasks ran on %d goroutines", len(seen))
		}
	})
}
