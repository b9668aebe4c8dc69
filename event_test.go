package skein_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// diary is an observer that writes down what it is told.
type diary struct {
	mu     sync.Mutex
	events []skein.Event
}

func (d *diary) observe(e skein.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, e)
}

// of returns what was told of a worker.
func (d *diary) of(worker int64) []skein.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(d.events), func(e skein.Event) bool { return e.Worker != worker })
}

func TestObserve(t *testing.T) {
	t.Run("nobody to tell panics", func(t *testing.T) {
		wantPanic(t, "skein: nil function", func() { skein.Observe(nil) })
	})
	bubble.Run(t, "start and end of each worker are told, with times, names and outcomes", func(t *testing.T) {
		var d diary
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		g := skein.New(ctx, skein.Name("thumbs"), skein.Observe(d.observe), skein.KeepGoing())
		start := time.Now()
		rows := []struct {
			name    string
			f       task
			outcome skein.Outcome
			err     error
			took    time.Duration
		}{
			{"ant.jpg", lasting(time.Second, nil), skein.Succeeded, nil, time.Second},
			{"bee.jpg", lasting(time.Minute, errBoom), skein.Failed, errBoom, time.Minute},
			{"cat.jpg", quit, skein.Goexited, skein.ErrGoexit, 0},
			{"dog.jpg", untilDone, skein.TimedOut, context.DeadlineExceeded, time.Hour},
		}
		for _, row := range rows {
			g.GoNamed(row.name, row.f)
		}
		wantErrs(t, g.Wait(), errBoom, skein.ErrGoexit)
		for i, row := range rows {
			events := d.of(int64(i + 1))
			want := []skein.Event{
				{Group: "thumbs", Worker: int64(i + 1), Name: row.name, Time: start},
				{Group: "thumbs", Worker: int64(i + 1), Name: row.name, Time: start.Add(row.took), Outcome: row.outcome, Err: row.err},
			}
			if !slices.Equal(events, want) {
				t.Errorf("got\n%+v\nwant\n%+v", events, want)
			}
		}
	})
	bubble.Run(t, "a panic is told with its PanicError, and a cancelled worker as cancelled", func(t *testing.T) {
		var d diary
		g := skein.New(t.Context(), skein.Observe(d.observe))
		g.Go(untilDone)
		g.Go(burst("cat"))
		p := panicOf(t, g.Wait)
		if e := d.of(1)[1]; e.Outcome != skein.Cancelled || e.Err != context.Canceled {
			t.Errorf("got %+v", e)
		}
		var told *skein.PanicError
		if e := d.of(2)[1]; e.Outcome != skein.Panicked || !errors.As(e.Err, &told) || told.Value != p.Value {
			t.Errorf("got %+v", e)
		}
	})
	bubble.Run(t, "tasks that are skipped have one event, with the cause, before Wait returns", func(t *testing.T) {
		for _, row := range []struct {
			name string
			end  func(g *skein.Group, cancel context.CancelCauseFunc)
		}{
			{"by Cancel", func(g *skein.Group, _ context.CancelCauseFunc) { g.Cancel(errBoom) }},
			{"by the parent", func(_ *skein.Group, cancel context.CancelCauseFunc) { cancel(errBoom) }},
		} {
			var d diary
			ctx, cancel := context.WithCancelCause(t.Context())
			g := skein.New(ctx, skein.Observe(d.observe), skein.Limit(1))
			g.Go(untilDone)
			for range 200 {
				g.GoNamed("cat.jpg", boom)
			}
			synctest.Wait()
			row.end(g, cancel)
			wantErr(t, g.Wait(), errBoom)
			for n := int64(2); n <= 201; n++ {
				e := d.of(n)
				if len(e) != 1 || e[0].Outcome != skein.Skipped || e[0].Err != errBoom || e[0].Name != "cat.jpg" {
					t.Fatalf("%s: worker %d: %+v", row.name, n, e)
				}
			}
			if s := g.Stats(); s != (skein.Stats{Cancelled: 1, Skipped: 200}) {
				t.Errorf("%s: stats %+v", row.name, s)
			}
		}
	})
	bubble.Run(t, "the start is told on the worker's own goroutine, before the task, and the end after it", func(t *testing.T) {
		var seen []string
		g := skein.New(t.Context(), skein.Limit(1), skein.Observe(func(e skein.Event) {
			seen = append(seen, goroutineID()+string(e.Outcome))
		}))
		var id string
		g.Go(func(context.Context) error {
			id = goroutineID()
			seen = append(seen, "task")
			return nil
		})
		wantErr(t, g.Wait(), nil)
		if want := []string{id, "task", id + "succeeded"}; !slices.Equal(seen, want) {
			t.Errorf("got %q, want %q", seen, want)
		}
	})
	bubble.Run(t, "the end is told before the worker is counted out", func(t *testing.T) {
		var g *skein.Group
		g = skein.New(t.Context(), skein.Observe(func(e skein.Event) {
			if s := g.Stats(); s != (skein.Stats{Running: 1}) || g.Len() != 1 {
				t.Errorf("at %q: %+v, length %d", e.Outcome, s, g.Len())
			}
		}))
		g.Go(succeed)
		wantErr(t, g.Wait(), nil)
	})
}

func TestObserversThatMisbehave(t *testing.T) {
	at := func(outcome skein.Outcome, act func()) skein.Option {
		return skein.Observe(func(e skein.Event) {
			if e.Outcome == outcome {
				act()
			}
		})
	}
	for _, end := range []struct {
		outcome skein.Outcome
		f       task
	}{
		{"", succeed}, {skein.Succeeded, succeed}, {skein.Failed, boom}, {skein.Goexited, quit},
	} {
		bubble.Run(t, "a panic at \""+string(end.outcome)+"\" is the worker's", func(t *testing.T) {
			g := skein.New(t.Context(), at(end.outcome, func() { panic("seen") }))
			g.Go(end.f)
			if p := panicOf(t, g.Wait); p.Value != "seen" || p.Name != "worker 1" {
				t.Errorf("got %v", p)
			}
			if s := g.Stats(); s != (skein.Stats{Panicked: 1}) {
				t.Errorf("stats %+v", s)
			}
		})
		bubble.Run(t, "a Goexit at \""+string(end.outcome)+"\" is the worker's", func(t *testing.T) {
			g := skein.New(t.Context(), at(end.outcome, runtime.Goexit))
			g.Go(end.f)
			wantErr(t, g.Wait(), skein.ErrGoexit)
			if s := g.Stats(); s != (skein.Stats{Goexited: 1}) {
				t.Errorf("stats %+v", s)
			}
		})
	}
	bubble.Run(t, "a panic while a panic is told is told as well", func(t *testing.T) {
		g := skein.New(t.Context(), at(skein.Panicked, func() { panic("seen") }))
		g.Go(burst("cat"))
		p := panicOf(t, g.Wait)
		if p.Value != "cat" || len(p.Others) != 1 || p.Others[0].Value != "seen" {
			t.Errorf("got %v", p)
		}
	})
	bubble.Run(t, "panics while skipped tasks are told are told, and all of these are counted", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), at(skein.Skipped, func() { panic("seen") }))
		g.Go(untilDone)
		for range 10 {
			g.Go(succeed)
		}
		synctest.Wait()
		g.Cancel(errBoom)
		p := panicOf(t, g.Wait)
		if len(p.Others) != 9 || p.Err != errBoom {
			t.Errorf("%d others, error %v", len(p.Others), p.Err)
		}
		if s := g.Stats(); s != (skein.Stats{Cancelled: 1, Panicked: 10}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "Goexits while skipped tasks are told are counted", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), at(skein.Skipped, runtime.Goexit))
		g.Go(untilDone)
		for range 10 {
			g.Go(succeed)
		}
		synctest.Wait()
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), skein.ErrGoexit)
		if s := g.Stats(); s != (skein.Stats{Cancelled: 1, Goexited: 10}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "one that submits, cancels and asks does no harm", func(t *testing.T) {
		var g *skein.Group
		g = skein.New(t.Context(), skein.Limit(1), skein.Observe(func(e skein.Event) {
			if e.Worker < 50 && e.Outcome == "" {
				g.Go(succeed)
			}
			if e.Worker == 40 {
				g.Cancel(errBoom)
			}
			g.SetLimit(1 + g.Len()%2)
		}))
		g.Go(succeed)
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s.Running+s.Queued != 0 || s.Succeeded < 40 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestStats(t *testing.T) {
	bubble.Run(t, "they add up to what was accepted, and none is negative, while the group is being cancelled", func(t *testing.T) {
		// The parent is asked for a value when the group's context is
		// cancelled: in the middle of what a failure does.
		parent := &askingParent{Context: t.Context(), done: make(chan struct{})}
		g := skein.New(parent, skein.Limit(2))
		var asked atomic.Int64
		parent.ask = func() {
			asked.Add(1)
			s := g.Stats()
			if s.Succeeded < 0 || s.Running+s.Queued+s.Succeeded+s.Failed+s.Skipped != 5 {
				t.Errorf("stats %+v", s)
			}
		}
		_ = g.Context().Done()
		g.Go(lasting(time.Second, errBoom))
		for range 4 {
			g.Go(lasting(time.Minute, nil))
		}
		synctest.Wait()
		before := asked.Load()
		wantErr(t, g.Wait(), errBoom)
		if asked.Load() == before {
			t.Error("the parent was not asked")
		}
		if s := g.Stats(); s != (skein.Stats{Succeeded: 1, Failed: 1, Skipped: 3}) {
			t.Errorf("stats %+v", s)
		}
	})
}

// askingParent calls ask when package context forgets a child of it.
type askingParent struct {
	context.Context

	done chan struct{}
	ask  func()
}

func (p *askingParent) Done() <-chan struct{} { return p.done }

func (p *askingParent) Value(any) any { return nil }

func (p *askingParent) AfterFunc(func()) (stop func() bool) {
	return func() bool {
		p.ask()
		return true
	}
}
