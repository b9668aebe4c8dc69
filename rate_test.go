package skein_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// clocked notes when each task starts, counted from the first call.
type clocked struct {
	from  time.Time
	times []time.Duration // written by one task at a time: starts are apart, or in one bubble's turn
}

func (c *clocked) task(n int, numbers *[]int) task {
	return func(context.Context) error {
		c.times = append(c.times, time.Since(c.from))
		*numbers = append(*numbers, n)
		return nil
	}
}

func TestRate(t *testing.T) {
	for _, row := range []struct {
		n, burst int
		per      time.Duration
		options  []skein.Option
	}{
		{1, 1, time.Second, nil},
		{3, 1, time.Second, nil},
		{7, 20, time.Second, nil},
		{1000, 5, 7 * time.Minute, []skein.Option{skein.Limit(1)}},
		{10, 1, time.Second, []skein.Option{skein.Limit(3)}},
		{2, 3, time.Hour, []skein.Option{skein.Dedicated()}},
	} {
		bubble.Run(t, fmt.Sprintf("%d in %v, %d at once", row.n, row.per, row.burst), func(t *testing.T) {
			g := skein.New(t.Context(), append(row.options, skein.Rate(row.n, row.per, row.burst))...)
			want := row.burst + int(time.Hour.Nanoseconds()*int64(row.n)/row.per.Nanoseconds())
			started := make(chan bool, want+100)
			for range want + 100 {
				g.Go(func(context.Context) error { started <- true; return nil })
			}
			<-time.After(time.Hour)
			synctest.Wait()
			if len(started) != want || g.Stats().Queued != 100 {
				t.Errorf("%d have started, want %d; %+v", len(started), want, g.Stats())
			}
			g.Cancel(errBoom)
			wantErr(t, g.Wait(), errBoom)
		})
	}
	bubble.Run(t, "tasks start in order, and as soon as they may", func(t *testing.T) {
		c := &clocked{from: time.Now()}
		var numbers []int
		g := skein.New(t.Context(), skein.Limit(1), skein.Rate(1, time.Second, 2))
		for n := range 5 {
			g.Go(c.task(n, &numbers))
		}
		wantErr(t, g.Wait(), nil)
		if want := []time.Duration{0, 0, 1e9, 2e9, 3e9}; !slices.Equal(c.times, want) || !slices.IsSorted(numbers) {
			t.Errorf("%v at %v, want %v", numbers, c.times, want)
		}
	})
	bubble.Run(t, "a rest lets a burst through and no more, also where the limit made it", func(t *testing.T) {
		c := &clocked{from: time.Now()}
		var numbers []int
		g := skein.New(t.Context(), skein.Limit(1), skein.Rate(1, time.Second, 2))
		g.Go(c.task(0, &numbers))
		g.Go(lasting(time.Minute, nil))
		for n := range 4 {
			g.Go(c.task(n+1, &numbers))
		}
		wantErr(t, g.Wait(), nil)
		if want := []time.Duration{0, 60e9, 60e9, 61e9, 62e9}; !slices.Equal(c.times, want) {
			t.Errorf("at %v, want %v", c.times, want)
		}
	})
	bubble.Run(t, "what waits for a token holds no slot, and is no worker yet", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Rate(1, time.Second, 1))
		g.Go(succeed)
		g.Go(lasting(time.Hour, nil))
		synctest.Wait()
		if s := g.Stats(); s.Running != 0 || s.Queued != 1 {
			t.Errorf("got %+v", s)
		}
		if still := giveUp(t, g); len(still.Workers) != 0 || still.Queued != 1 {
			t.Errorf("got %+v", still)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "TryGo is false without a token, and leaves no trace", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Rate(1, time.Second, 1))
		if !g.TryGo(succeed) || g.TryGo(succeed) {
			t.Error("the first should have had a token, and no other")
		}
		<-time.After(time.Second)
		g.Go(succeed)
		g.Go(succeed) // has the next one
		<-time.After(500 * time.Millisecond)
		if g.TryGo(succeed) {
			t.Error("it overtook one that waits")
		}
		<-time.After(1500 * time.Millisecond)
		if !g.TryGo(succeed) {
			t.Error("there was a token")
		}
		wantErr(t, g.Wait(), nil)
		if s := g.Stats(); s.Succeeded != 4 {
			t.Errorf("got %+v", s)
		}
	})
	bubble.Run(t, "nor does it take the token of one that is queued", func(t *testing.T) {
		for range 50 {
			g := skein.New(t.Context(), skein.Rate(1, time.Hour, 2))
			g.Go(succeed)
			g.Go(succeed)
			if g.TryGo(succeed) {
				t.Error("there was no token left")
			}
			start := time.Now()
			wantErr(t, g.Wait(), nil)
			if time.Since(start) != 0 {
				t.Error("a queued task had no token")
			}
		}
	})
	bubble.Run(t, "a token is given back where the limit is lowered in time", func(t *testing.T) {
		for range 50 {
			g := skein.New(t.Context(), skein.Limit(2), skein.Rate(1, time.Hour, 2))
			g.Go(lasting(time.Minute, nil))
			synctest.Wait()
			start := time.Now()
			g.Go(succeed)
			g.SetLimit(1) // its goroutine, which has the token, is hardly there yet
			wantErr(t, g.Wait(), nil)
			if d := time.Since(start); d != time.Minute {
				t.Errorf("took %v", d)
			}
		}
	})
	bubble.Run(t, "a cancellation ends the wait at once, from within and from outside", func(t *testing.T) {
		for _, outside := range []bool{false, true} {
			ctx, cancel := context.WithCancelCause(t.Context())
			g := skein.New(ctx, skein.Rate(1, 1000*time.Hour, 1))
			for range 10 {
				g.Go(succeed)
			}
			start := time.Now()
			time.AfterFunc(time.Second, func() {
				if outside {
					cancel(errBoom)
				} else {
					g.Cancel(errBoom)
				}
			})
			wantErr(t, g.Wait(), errBoom)
			if s := g.Stats(); time.Since(start) != time.Second || s.Succeeded != 1 || s.Skipped != 9 {
				t.Errorf("after %v: %+v", time.Since(start), s)
			}
			cancel(nil)
		}
	})
	bubble.Run(t, "groups that share the option, and children, have a bucket each", func(t *testing.T) {
		rate := skein.Rate(1, time.Hour, 1)
		start := time.Now()
		for range 3 {
			g := skein.New(t.Context(), rate)
			g.Go(succeed)
			child := g.Group(rate)
			child.Go(succeed)
			plain := g.Group()
			plain.Go(succeed)
			wantErr(t, g.Wait(), nil)
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("took %v", d)
		}
	})
	bubble.Run(t, "a limit that changes loses no task and no token", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(2), skein.Rate(10, time.Second, 1))
		start := time.Now()
		for range 50 {
			g.Go(lasting(time.Millisecond, nil))
		}
		for i := range 40 {
			<-time.After(33 * time.Millisecond)
			g.SetLimit(i % 3)
		}
		wantErr(t, g.Wait(), nil)
		if d := time.Since(start); d < 4900*time.Millisecond || d > 5200*time.Millisecond {
			t.Errorf("took %v", d)
		}
	})
	t.Run("what makes no sense panics", func(t *testing.T) {
		wantPanic(t, "skein: a rate of no task at all", func() { skein.Rate(0, time.Second, 1) })
		wantPanic(t, "skein: a rate whose period is not positive", func() { skein.Rate(1, 0, 1) })
		wantPanic(t, "skein: a rate whose burst is not positive", func() { skein.Rate(1, time.Second, math.MinInt) })
	})
}
