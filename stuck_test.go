package skein_test

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// reports collects what a StuckAfter tells.
type reports struct {
	mu  sync.Mutex
	all []skein.Report
}

func (r *reports) add(report skein.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, report)
}

func (r *reports) take() []skein.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}

func TestStuckAfter(t *testing.T) {
	bubble.Run(t, "of a Run it tells where that was called", func(t *testing.T) {
		var got reports
		end := make(chan struct{})
		time.AfterFunc(time.Minute, func() { close(end) })
		_, _, line, _ := runtime.Caller(0)
		_ = skein.Run(t.Context(), func(g *skein.Group) error { g.Go(until(end)); return nil }, skein.StuckAfter(30*time.Second, got.add))
		all := got.take()
		if len(all) != 1 || filepath.Base(all[0].File) != "stuck_test.go" || all[0].Line != line+1 {
			t.Errorf("reported: %v", all)
		}
	})
	bubble.Run(t, "it tells who has not ended, for how long, from where and where it is", func(t *testing.T) {
		var got reports
		end := make(chan struct{})
		g := skein.New(t.Context(), skein.Name("fetchers"), skein.KeepGoing(), skein.StuckAfter(30*time.Second, got.add))
		for range 7 {
			g.Go(succeed)
		}
		g.Go(boom)
		g.GoNamed("cat.jpg", until(end))
		_, _, line, _ := runtime.Caller(0)
		g.Go(untilDone)
		synctest.Wait()
		time.AfterFunc(time.Minute, func() { g.Cancel(nil); close(end) })
		wantErr(t, g.Wait(), errBoom)
		all := got.take()
		if len(all) != 1 {
			t.Fatalf("%d reports, want one", len(all))
		}
		r := all[0]
		if r.Waited != 30*time.Second || r.Silent != 30*time.Second || filepath.Base(r.File) != "stuck_test.go" || r.Line != line+4 {
			t.Errorf("got %+v", r)
		}
		text := fmt.Sprintf(`group "fetchers": Wait at stuck_test.go:%d has waited 30s; 2 of 10 workers running, 1 waiting for them; ended: 7 succeeded, 1 failed
  worker 9 "cat.jpg" for 30s, started at stuck_test.go:%d, now [chan receive] at %s
  worker 10 (skein_test.untilDone) for 30s, started at stuck_test.go:%d, now [chan receive] at skein_test.untilDone tasks_test.go:30
`, line+4, line-1, path.Base(r.Group.Workers[0].At), line+1)
		if got := r.String(); got != text {
			t.Errorf("got\n%s\nwant\n%s", got, text)
		}
	})
	bubble.Run(t, "once per silence", func(t *testing.T) {
		var got reports
		g := skein.New(t.Context(), skein.StuckAfter(10*time.Second, got.add))
		g.Go(lasting(100*time.Second, nil))
		g.Go(lasting(150*time.Second, nil))
		go func() { _ = g.Wait() }()
		for _, step := range []struct{ at, want int }{{9, 0}, {11, 1}, {99, 0}, {109, 0}, {113, 1}, {149, 0}} {
			time.Sleep(time.Duration(step.at)*time.Second - time.Since(epoch))
			if n := len(got.take()); n != step.want {
				t.Errorf("at %d s: %d reports, want %d", step.at, n, step.want)
			}
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "not while workers end, nor where nobody waits", func(t *testing.T) {
		var got reports
		g := skein.New(t.Context(), skein.Limit(1), skein.StuckAfter(10*time.Second, got.add))
		g.Go(lasting(time.Hour, nil))
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		for range 20 {
			g.Go(lasting(9*time.Second, nil))
		}
		time.Sleep(55 * time.Second)
		wantErr(t, g.Wait(), nil)
		if all := got.take(); len(all) != 0 {
			t.Errorf("%d reports, the first:\n%s", len(all), all[0])
		}
	})
	bubble.Run(t, "the workers of child groups count", func(t *testing.T) {
		var got reports
		g := skein.New(t.Context(), skein.StuckAfter(10*time.Second, got.add))
		kid := g.Group(skein.Name("kid"), skein.Limit(1))
		for range 5 {
			kid.Go(lasting(8*time.Second, nil))
		}
		kid.Go(lasting(15*time.Second, nil))
		wantErr(t, g.Wait(), nil)
		all := got.take()
		if len(all) != 1 || len(all[0].Group.Groups) != 1 || len(all[0].Group.Groups[0].Workers) != 1 || all[0].Group.Groups[0].Workers[0].Number != 6 {
			t.Errorf("got %v", all)
		}
	})
	bubble.Run(t, "a WaitContext that gives up stops the timer", func(t *testing.T) {
		var got reports
		g := skein.New(t.Context(), skein.StuckAfter(10*time.Second, got.add))
		g.Go(lasting(time.Minute, nil))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := g.WaitContext(ctx); err == nil {
			t.Error("WaitContext did not give up")
		}
		time.Sleep(30 * time.Second)
		if all := got.take(); len(all) != 0 {
			t.Errorf("%d reports", len(all))
		}
		wantErr(t, g.Wait(), nil)
		if all := got.take(); len(all) != 1 {
			t.Errorf("%d reports of the second Wait", len(all))
		}
	})
	t.Run("what makes no sense panics", func(t *testing.T) {
		const positive = "skein: StuckAfter needs a positive duration"
		wantPanic(t, positive, func() { skein.StuckAfter(0, func(skein.Report) {}) })
		wantPanic(t, positive, func() { skein.StuckAfter(-1, func(skein.Report) {}) })
		wantPanic(t, "skein: nil function", func() { skein.StuckAfter(1, nil) })
	})
}

// epoch is when every bubble begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestStuckGroupsAreDeadlocksOfABubble(t *testing.T) {
	wantCrash(t, func() {
		synctest.Test(t, func(t *testing.T) {
			g := skein.New(context.Background(), skein.StuckAfter(time.Second, func(r skein.Report) { fmt.Println("told:", r.Group.Running) }))
			g.Go(func(context.Context) error { select {} })
			_ = g.Wait()
		})
	}, "told: 1", "deadlock")
}

// stuckIn are the ways to be stuck, and the state that is told; each ends
// when end is closed.
type stuck struct {
	name, state string
	task        func(end <-chan struct{}) task
}

var stuckIn = []stuck{
	{"send", "chan send", func(end <-chan struct{}) task {
		c := make(chan int)
		go func() { <-end; <-c }()
		return func(context.Context) error { c <- 1; return nil }
	}},
	{"receive", "chan receive", until},
	{"select", "select", func(end <-chan struct{}) task {
		return func(ctx context.Context) error {
			select {
			case <-end:
			case <-time.After(time.Hour):
			}
			return nil
		}
	}},
	{"mutex", "sync.Mutex.Lock", func(end <-chan struct{}) task {
		var mu sync.Mutex
		mu.Lock()
		go func() { <-end; mu.Unlock() }()
		return func(context.Context) error { mu.Lock(); return nil }
	}},
	{"WaitGroup", "sync.WaitGroup.Wait", func(end <-chan struct{}) task {
		var wg sync.WaitGroup
		wg.Go(func() { <-end })
		return func(context.Context) error { wg.Wait(); return nil }
	}},
	{"sleep", "sleep", func(end <-chan struct{}) task {
		return func(context.Context) error {
			for {
				select {
				case <-end:
					return nil
				default:
					time.Sleep(50 * time.Millisecond) // it is what is tested
				}
			}
		}
	}},
	{"busy loop", "running", func(end <-chan struct{}) task {
		var over atomic.Bool
		go func() { <-end; over.Store(true) }()
		return func(context.Context) error {
			for !over.Load() {
			}
			return nil
		}
	}},
}

// Where a mutex, a system call or the processor holds a worker up fake time
// cannot help; but the clock decides nothing here: all that can end has ended
// before the Wait begins.
func TestStuckWorkersAreNamed(t *testing.T) {
	for _, stuck := range stuckIn {
		bubble.Outside(t, "in a "+stuck.name, func(t *testing.T) {
			for i := range 10 {
				findStuck(t, i, stuck.state, stuck.task)
			}
		})
	}
}

// findStuck hides a stuck worker among nine that end.
func findStuck(t *testing.T, place int, state string, task func(<-chan struct{}) task) {
	t.Helper()
	end := make(chan struct{})
	told := make(chan skein.Report, 1)
	g := skein.New(context.Background(), skein.StuckAfter(time.Millisecond, func(r skein.Report) {
		select {
		case told <- r:
		default:
		}
	}))
	for i := range 10 {
		if i == place {
			g.GoNamed("stuck", task(end))
		} else {
			g.Go(succeed)
		}
	}
	is := func(w skein.Worker) bool { return w.State == state || state == "running" && w.State == "runnable" }
	for found := false; !found; { // who has not begun yet is counted, and not listed
		runtime.Gosched()
		left := only(t, g.Snapshot(skein.Stacks)).Workers
		found = g.Len() == 1 && len(left) == 1 && is(left[0])
	}
	go func() { r := <-told; told <- r; close(end) }()
	wantErr(t, g.Wait(), nil)
	r := <-told
	if len(r.Group.Workers) != 1 || r.Group.Workers[0].Name != "stuck" || r.Group.Workers[0].Number != int64(place+1) {
		t.Fatalf("got\n%s", r)
	}
	w := r.Group.Workers[0]
	if !is(w) {
		t.Errorf("state %q, want %q\n%s", w.State, state, w.Stack)
	}
	if !strings.Contains(w.At, "_test.go:") || !strings.Contains(w.Stack, "skein_test") {
		t.Errorf("at %q\n%s", w.At, w.Stack)
	}
}

func TestStacksOfThousands(t *testing.T) {
	bubble.Outside(t, "workers at one place are known by their function or name, without stopping the program", func(t *testing.T) {
		end := make(chan struct{})
		g := skein.New(context.Background())
		for i := range 3000 {
			if i%1000 == 7 {
				g.GoNamed(fmt.Sprint("odd ", i), aside(end))
			} else {
				g.Go(until(end))
			}
		}
		for len(only(t, g.Snapshot()).Workers) < 100 || g.Stats().Running < 3000 {
			runtime.Gosched()
		}
		s := only(t, g.Snapshot(skein.Stacks))
		for _, w := range s.Workers {
			want := "tasks_test.go"
			if w.Name != "" {
				want = "stuck_test.go"
			}
			if w.State != "chan receive" && w.State != "select" || !strings.Contains(w.At, want) || w.Stack == "" {
				t.Fatalf("got %+v", w)
			}
		}
		if !slices.ContainsFunc(s.Workers, func(w skein.Worker) bool { return w.Name == "odd 7" && w.State == "select" }) {
			t.Errorf("odd 7 is not there:\n%s", g.Snapshot(skein.Stacks))
		}
		close(end)
		wantErr(t, g.Wait(), nil)
	})
}

func aside(end <-chan struct{}) task {
	return func(ctx context.Context) error {
		select {
		case <-end:
		case <-ctx.Done():
		}
		return nil
	}
}

func TestStuckEnvironment(t *testing.T) {
	blocked := func() {
		end := make(chan struct{})
		var g skein.Group
		g.Go(until(end))
		time.AfterFunc(200*time.Millisecond, func() { close(end) })
		if err := g.Wait(); err != nil {
			panic(err)
		}
	}
	for _, row := range []struct {
		value string
		want  []string
	}{
		{"10ms", []string{"skein: group 1: Wait at stuck_test.go:", "1 of 1 workers running", "worker 1 (skein_test.TestStuckEnvironment"}},
		{"10", []string{`skein: SKEIN_STUCK="10" is not a duration`, "hint: SKEIN_STUCK=30s"}},
		{"-5s", []string{`skein: SKEIN_STUCK="-5s" is not a duration`, "hint: SKEIN_STUCK=30s"}},
	} {
		t.Run(row.value, func(t *testing.T) {
			t.Setenv("SKEIN_STUCK", row.value)
			status, output := inProcess(t, blocked)
			if status != 0 || strings.Count(output, "skein: ") != 1 {
				t.Errorf("status %d\n%s", status, output)
			}
			for _, want := range row.want {
				if !strings.Contains(output, want) {
					t.Errorf("the output has no %q:\n%s", want, output)
				}
			}
		})
	}
}
