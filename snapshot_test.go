package skein_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// only is the one group of a snapshot.
func only(t *testing.T, s skein.Snapshot) *skein.GroupState {
	t.Helper()
	if len(s.Groups) != 1 {
		t.Fatalf("%d groups, want one:\n%s", len(s.Groups), s)
	}
	return &s.Groups[0]
}

// process is a snapshot of the process, for those in a bubble. It asks the
// contexts of all groups, and one of another bubble, that no test has waited
// for, cannot be asked: such a group is garbage, and is not there then.
func process() skein.Snapshot {
	runtime.GC()
	return skein.Process()
}

// seen is a group in a snapshot of the process; nil if it is not there.
func seen(name string) *skein.GroupState {
	s := process()
	for i := range s.Groups {
		if s.Groups[i].Name == name {
			return &s.Groups[i]
		}
	}
	return nil
}

func TestSnapshot(t *testing.T) {
	bubble.Run(t, "it counts exactly, and names who runs, what, and from where", func(t *testing.T) {
		end := make(chan struct{})
		g := skein.New(t.Context(), skein.Name("thumbs"), skein.Limit(2), skein.KeepGoing())
		_, file, line, _ := runtime.Caller(0)
		g.Go(succeed)
		g.Go(boom)
		g.Go(quit)
		synctest.Wait()
		g.GoNamed("cat.jpg", until(end)) // line + 5
		g.Go(drawThumbnail)
		g.Go(succeed)
		synctest.Wait()
		s := only(t, g.Snapshot())
		if s.Name != "thumbs" || s.Limit != 2 || s.File != file || s.Line != line-1 || s.ID == 0 || s.Cause != "" || s.Unlisted() != 0 {
			t.Errorf("got %+v", s)
		}
		if want := (skein.Stats{Running: 2, Queued: 1, Succeeded: 1, Failed: 1, Goexited: 1}); s.Stats != want {
			t.Errorf("stats %+v, want %+v", s.Stats, want)
		}
		const pkg = "example.com/skein_test."
		want := []skein.Worker{
			{Group: "thumbs", Number: 4, Name: "cat.jpg", File: file, Line: line + 5, AtLeast: true},
			{Group: "thumbs", Number: 5, Func: pkg + "drawThumbnail", File: file, Line: line + 6, AtLeast: true},
		}
		want[0].Func = s.Workers[0].Func // a closure's name is the compiler's affair
		if !reflect.DeepEqual(s.Workers, want) || !strings.HasPrefix(want[0].Func, pkg) {
			t.Errorf("got\n%+v\nwant\n%+v", s.Workers, want)
		}
		close(end)
		wantErrs(t, g.Wait(), errBoom, skein.ErrGoexit)
	})
	bubble.Run(t, "children stand below their parents until their Wait has returned", func(t *testing.T) {
		end := make(chan struct{})
		g := skein.New(t.Context(), skein.Name("site"))
		kid := g.Group(skein.Name("page"))
		grandkid := kid.Group(skein.Name("picture"))
		grandkid.Go(until(end))
		other := g.Group()
		other.Go(succeed)
		wantErr(t, other.Wait(), nil)
		s := only(t, g.Snapshot())
		if len(s.Groups) != 1 || s.Groups[0].Name != "page" || len(s.Groups[0].Groups) != 1 || s.Groups[0].Groups[0].Name != "picture" || s.Groups[0].Groups[0].Running != 1-s.Groups[0].Groups[0].Queued {
			t.Errorf("got\n%s", g.Snapshot())
		}
		close(end)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "it says why a group was cancelled, and who waits", func(t *testing.T) {
		end := make(chan struct{})
		ctx, cancel := context.WithCancelCause(t.Context())
		g := skein.New(ctx)
		g.Go(until(end))
		go func() { _ = g.Wait() }()
		synctest.Wait()
		cancel(errBoom)
		if s := only(t, g.Snapshot()); s.Cause != "boom" || s.Waiting != 1 {
			t.Errorf("got %+v", s)
		}
		close(end)
		wantErr(t, g.Wait(), errBoom)
		if s := only(t, g.Snapshot()); s.Cause != "" || s.Running != 0 || s.Succeeded != 1 {
			t.Errorf("after its end: %+v", s)
		}
	})
	bubble.Run(t, "the hundred eldest workers are listed, and all are counted", func(t *testing.T) {
		end := make(chan struct{})
		g := skein.New(t.Context(), skein.Name("crowd"))
		for range 250 {
			g.Go(until(end))
		}
		synctest.Wait()
		s := only(t, g.Snapshot())
		if s.Running != 250 || len(s.Workers) != 100 || s.Unlisted() != 150 {
			t.Errorf("%d running, %d listed, %d not", s.Running, len(s.Workers), s.Unlisted())
		}
		for i, w := range s.Workers {
			if w.Number != int64(i+1) {
				t.Fatalf("worker %d stands at %d", w.Number, i)
			}
		}
		close(end)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "of more than a hundred child groups the rest is counted", func(t *testing.T) {
		end := make(chan struct{})
		g := skein.New(t.Context())
		for range 130 {
			kid := g.Group(skein.Limit(1))
			kid.Go(until(end))
			kid.Go(until(end))
		}
		synctest.Wait()
		s := only(t, g.Snapshot())
		if want := (skein.Rest{Groups: 30, Running: 30, Queued: 30}); len(s.Groups) != 100 || s.Rest != want {
			t.Errorf("%d groups, rest %+v", len(s.Groups), s.Rest)
		}
		close(end)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "of a deep tree the groups nearest to the root are listed", func(t *testing.T) {
		end := make(chan struct{})
		g := skein.New(t.Context())
		last := g
		for range 3000 {
			last = last.Group()
		}
		last.Go(until(end))
		synctest.Wait()
		deep, s := 0, only(t, g.Snapshot())
		for len(s.Groups) == 1 {
			deep, s = deep+1, &s.Groups[0]
		}
		if want := (skein.Rest{Groups: 2001, Running: 1}); deep != 999 || s.Rest != want {
			t.Errorf("%d levels, then %+v", deep, s.Rest)
		}
		close(end)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "an age counts from the first look, where nobody asked for the start", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(lasting(time.Minute, nil))
		synctest.Wait()
		time.Sleep(10 * time.Second) // fake
		if w := only(t, g.Snapshot()).Workers[0]; w.Age != 0 || !w.AtLeast {
			t.Errorf("at the first look: %s, at least: %t", w.Age, w.AtLeast)
		}
		time.Sleep(5 * time.Second)
		if w := only(t, g.Snapshot()).Workers[0]; w.Age != 5*time.Second || !w.AtLeast {
			t.Errorf("at the second: %s, at least: %t", w.Age, w.AtLeast)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "the next task of a goroutine is not as old as the one before", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		g.Go(lasting(time.Minute, nil))
		g.Go(lasting(time.Minute, nil))
		synctest.Wait()
		g.Snapshot()
		time.Sleep(90 * time.Second)
		synctest.Wait()
		if w := only(t, g.Snapshot()).Workers[0]; w.Number != 2 || w.Age != 0 {
			t.Errorf("worker %d: %s", w.Number, w.Age)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "it is plain data: JSON gives it back", func(t *testing.T) {
		end := make(chan struct{})
		g := skein.New(t.Context(), skein.Name("a \"b\" <c>\n\x00"))
		g.GoNamed("<script>\xff", until(end))
		g.Group().Go(until(end))
		synctest.Wait()
		text, err := json.Marshal(g.Snapshot(skein.Stacks))
		if err != nil {
			t.Fatal(err)
		}
		var back skein.Snapshot
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if s := only(t, back); s.Name != "a \"b\" <c>\n\x00" || s.Running != 1 || len(s.Groups) != 1 || s.Workers[0].State != "chan receive" {
			t.Errorf("got %+v", s)
		}
		close(end)
		wantErr(t, g.Wait(), nil)
	})
}

func TestSnapshotText(t *testing.T) {
	at := time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC)
	s := skein.Snapshot{Time: at, Goroutines: 1210, Groups: []skein.GroupState{{
		ID: 1, Name: "fetchers", File: "/src/main.go", Line: 30, Limit: 200, Blocked: 1, Waiting: 1, Cause: "enough\n",
		Stats: skein.Stats{Running: 12, Queued: 7, Succeeded: 3, TimedOut: 2},
		Workers: []skein.Worker{
			{Group: "fetchers", Number: 4, Name: "cat\x1b[31m.jpg", Func: "main.fetch", File: "/src/main.go", Line: 27, Age: 30*time.Second + 1, State: "chan send", At: "example.com/web/main.fetch main.go:12"},
			{Group: "fetchers", Number: 5, Func: "example.com/web/main.fetch", File: "/src/main.go", Line: 28, Age: 1500 * time.Microsecond, AtLeast: true},
		},
		Groups: []skein.GroupState{{ID: 7}},
		Rest:   skein.Rest{Groups: 2, Running: 3, Queued: 4},
	}}, Rest: skein.Rest{Groups: 1}}
	const want = `15:04:05: groups 2, goroutines 1210
group "fetchers" made at main.go:30: 12 of 24 workers running (limit 200), 7 queued, 1 blocked in Go, 1 waiting for them; ended: 3 succeeded, 2 timed-out; cancelled: "enough\n"
  worker 4 "cat\x1b[31m.jpg" for 30s, started at main.go:27, now [chan send] at main.fetch main.go:12
  worker 5 (main.fetch) for at least 2ms, started at main.go:28
  and 10 more
  group 7: 0 of 0 workers running
  and 2 more groups: 3 workers running, 4 queued
and 1 more groups: 0 workers running, 0 queued
`
	if got := s.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	full := errors.New("full")
	n, err := s.WriteTo(&short{n: 100, err: full})
	if n != 100 || err != full {
		t.Errorf("wrote %d bytes, error %v", n, err)
	}
}

// short takes n bytes, and then fails.
type short struct {
	n   int
	err error
}

func (w *short) Write(p []byte) (int, error) {
	n := min(w.n, len(p))
	w.n -= n
	if n < len(p) {
		return n, w.err
	}
	return n, nil
}

func TestProcess(t *testing.T) {
	bubble.Run(t, "a group is there from its first use until its Wait has returned", func(t *testing.T) {
		var zero skein.Group
		made := skein.New(t.Context(), skein.Name("made"))
		if seen("made") == nil {
			t.Error("a group made by New is not there")
		}
		before := len(process().Groups)
		zero.Go(succeed)
		if n := len(process().Groups); n != before+1 {
			t.Errorf("%d groups after the zero group's first use, %d before", n, before)
		}
		wantErr(t, zero.Wait(), nil)
		wantErr(t, made.Wait(), nil)
		if n := len(process().Groups); n != before-1 || seen("made") != nil {
			t.Errorf("%d groups after the ends, %d before", n, before)
		}
	})
	bubble.Run(t, "a scope is there while it lasts", func(t *testing.T) {
		err := skein.Run(t.Context(), func(*skein.Group) error {
			_, _, line, _ := runtime.Caller(0)
			if s := seen("scope"); s == nil || s.Line != line-1 {
				t.Errorf("got %+v, want line %d", s, line-1)
			}
			return nil
		}, skein.Name("scope"))
		if err != nil || seen("scope") != nil {
			t.Errorf("after its end: %+v, error %v", seen("scope"), err)
		}
	})
	bubble.Run(t, "a child is not there twice", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Name("parent"))
		g.Group(skein.Name("child")).Go(lasting(time.Second, nil))
		if seen("child") != nil || len(seen("parent").Groups) != 1 {
			t.Errorf("got\n%s", skein.Process())
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Outside(t, "a group that was dropped is forgotten", func(t *testing.T) {
		for range 3 {
			skein.New(context.Background(), skein.Name("dropped")).Group() // not waited for
		}
		for seen("dropped") != nil { // for a bug: the test's own time limit
			runtime.GC()
		}
	})
	bubble.Outside(t, "it may be called at any moment", func(t *testing.T) {
		bustle(t)
	})
}

// bustle takes snapshots while groups come, work and go.
func bustle(t *testing.T) {
	stop := make(chan struct{})
	var lookers sync.WaitGroup
	for _, details := range [][]skein.Detail{nil, {skein.Stacks}} {
		lookers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s := skein.Process(details...)
				for i := range s.Groups {
					checkSound(t, &s.Groups[i])
				}
			}
		})
	}
	for round := range 50 {
		err := skein.Run(context.Background(), func(g *skein.Group) error {
			for i := range 40 {
				g.GoNamed(fmt.Sprint(i), func(ctx context.Context) error {
					kid := g.Group(skein.Name("kid"))
					for range 5 {
						kid.Go(succeed)
					}
					return kid.Wait()
				})
			}
			return nil
		}, skein.Limit(4), skein.Name(fmt.Sprintf("storm %d", round)))
		if err != nil {
			t.Error(err)
		}
	}
	close(stop)
	lookers.Wait()
}

func checkSound(t *testing.T, s *skein.GroupState) {
	total := s.Running + s.Queued + s.Succeeded
	switch {
	case s.Limit > 0 && s.Running > s.Limit, s.Running < 0, s.Queued < 0, s.Succeeded < 0:
		t.Errorf("impossible: %+v", s.Stats)
	case strings.HasPrefix(s.Name, "storm") && total > 40, s.Name == "kid" && total > 5:
		t.Errorf("%q counts too many: %+v", s.Name, s.Stats)
	case len(s.Workers) > s.Running:
		t.Errorf("%d workers listed, %d running", len(s.Workers), s.Running)
	}
	for i := range s.Groups {
		checkSound(t, &s.Groups[i])
	}
}
