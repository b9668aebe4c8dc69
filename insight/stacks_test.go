package insight_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/insight"
	"example.com/skein/internal/bubble"
)

func TestStacks(t *testing.T) {
	bubble.Run(t, "of one worker, and of all of a group", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		end := make(chan struct{})
		g := skein.New(context.Background(), skein.Name("pair"))
		g.GoNamed("first", held(end))
		g.GoNamed("second", held(end))
		time.Sleep(time.Second)
		id := groupOf(t, stateOf(t, h, "").Groups, "pair").ID
		var one, both insight.Dump
		decode(t, get(h, fmt.Sprintf("/stacks?format=json&group=%d&worker=2", id)), &one)
		decode(t, get(h, fmt.Sprintf("/stacks?format=json&group=%d", id)), &both)
		if len(one.Workers) != 1 || len(both.Workers) != 2 || one.GroupID != id {
			t.Fatalf("got %d and %d workers of group %d", len(one.Workers), len(both.Workers), one.GroupID)
		}
		w := one.Workers[0]
		if w.Name != "second" || w.State != "chan receive" {
			t.Errorf("got %q in %q", w.Name, w.State)
		}
		wantContains(t, w.Stack, "insight_test.TestStacks.")
		text := get(h, fmt.Sprintf("/stacks?group=%d&worker=1", id)).Body.String()
		wantContains(t, text, `worker 1 "first" of "pair"`)
		wantContains(t, text, "insight_test.TestStacks.")
		close(end)
		_ = g.Wait()
	})
	bubble.Run(t, "of somebody who is not there", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		end := make(chan struct{})
		g := skein.New(context.Background(), skein.Name("one"))
		g.Go(held(end))
		time.Sleep(time.Second)
		id := groupOf(t, stateOf(t, h, "").Groups, "one").ID
		for query, want := range map[string]int{
			fmt.Sprintf("group=%d&worker=2", id): http.StatusNotFound,
			"group=999999999":                    http.StatusNotFound,
			"group=":                             http.StatusBadRequest,
			"group=-1":                           http.StatusBadRequest,
			fmt.Sprintf("group=%d&worker=x", id): http.StatusBadRequest,
			"":                                   http.StatusBadRequest,
		} {
			w := get(h, "/stacks?"+query)
			if w.Code != want {
				t.Errorf("%s: got status %d, want %d", query, w.Code, want)
			}
			wantContains(t, w.Body.String(), "\nhint: ")
		}
		close(end)
		_ = g.Wait()
	})
	bubble.Run(t, "of somebody who is newer than the last stacks", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		end := make(chan struct{})
		g := skein.New(context.Background(), skein.Name("one"))
		get(h, "/?format=text&stacks")
		g.Go(held(end))
		time.Sleep(time.Second / 4)
		id := groupOf(t, stateOf(t, h, "").Groups, "one").ID
		start := time.Now()
		var d insight.Dump
		decode(t, get(h, fmt.Sprintf("/stacks?format=json&group=%d&worker=1", id)), &d)
		if took := time.Since(start); took != 3*time.Second/4 || len(d.Workers) != 1 {
			t.Errorf("got %d workers in %v", len(d.Workers), took)
		}
		close(end)
		_ = g.Wait()
	})
	bubble.Run(t, "are taken at most once a second, for all viewers", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		end := make(chan struct{})
		g := skein.New(context.Background(), skein.Name("one"))
		g.Go(held(end))
		time.Sleep(time.Second)
		taken := map[time.Time]bool{}
		for range 100 { // ten seconds
			var d insight.Dump
			decode(t, get(h, fmt.Sprintf("/stacks?format=json&group=%d", groupOf(t, stateOf(t, h, "").Groups, "one").ID)), &d)
			taken[d.Time] = true
			get(h, "/?format=text&stacks")
			time.Sleep(100 * time.Millisecond)
		}
		if len(taken) != 10 {
			t.Errorf("taken %d times in ten seconds", len(taken))
		}
		close(end)
		_ = g.Wait()
	})
}

// Some of these workers block on locks, which fake time does not see.
func TestSuspects(t *testing.T) {
	bubble.Outside(t, "are listed by what they seem to be, and the eldest first", func(t *testing.T) {
		h := looked(t, &insight.Handler{Stuck: time.Millisecond})
		stateOf(t, h, "") // from now on ages are exact
		p := plant(t)
		defer p.end()
		var s insight.State
		for deadline := time.Now().Add(20 * time.Second); ; {
			s = stateOf(t, h, "")
			if got := guesses(s); got == p.want || time.Now().After(deadline) {
				if got != p.want {
					t.Errorf("got\n%s\nwant\n%s", got, p.want)
				}
				break
			}
			time.Sleep(100 * time.Millisecond) // a dump is at least a second old
		}
		first := s.Stuck[0]
		if first.Name != "sends" || !strings.Contains(first.At, "stacks_test.go") || first.Stack != "" || first.AtLeast {
			t.Errorf("the first is %+v", first)
		}
		if s.Suspects != len(s.Stuck) || s.StuckAfter != time.Millisecond {
			t.Errorf("%d suspects, %d listed, after %v", s.Suspects, len(s.Stuck), s.StuckAfter)
		}
	})
	bubble.Run(t, "are those who have run for half a minute, if nothing else is said", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		stateOf(t, h, "")
		end := make(chan struct{})
		g := skein.New(context.Background())
		g.GoNamed("late", held(end))
		for range 5 {
			time.Sleep(5 * time.Second)
			stateOf(t, h, "")
		}
		time.Sleep(5*time.Second - time.Nanosecond)
		if s := stateOf(t, h, ""); len(s.Stuck) != 0 || s.StuckAfter != 30*time.Second {
			t.Errorf("%d are stuck too early, after %v", len(s.Stuck), s.StuckAfter)
		}
		time.Sleep(time.Nanosecond)
		if s := stateOf(t, h, ""); len(s.Stuck) != 1 || s.Stuck[0].Name != "late" || s.Stuck[0].State != "chan receive" {
			t.Errorf("got %v", s.Stuck)
		}
		close(end)
		_ = g.Wait()
	})
}

func guesses(s insight.State) (all string) {
	for _, suspect := range s.Stuck {
		all += fmt.Sprintf("%s %s, ", suspect.Name, suspect.Guess)
	}
	return all
}

// planted are workers that do not end before end is called.
type planted struct {
	end  func()
	want string // guesses
}

func plant(t *testing.T) planted {
	t.Helper()
	var (
		lock    sync.Mutex
		room    sync.RWMutex
		std     sync.WaitGroup
		ours    skein.WaitGroup
		channel = make(chan int)
		end     = make(chan struct{})
		nowhere chan int
		g       = skein.New(context.Background(), skein.Name("planted"))
		full    = skein.New(context.Background(), skein.Limit(1), skein.Backlog(0))
	)
	lock.Lock()
	room.Lock()
	std.Add(1)
	ours.Add(1)
	full.GoNamed("receives in another group", held(end))
	for _, w := range []struct {
		name string
		f    func()
	}{
		{"sends", func() { channel <- 1 }},
		{"locks", lock.Lock},
		{"reads", room.RLock},
		{"waits for a sync.WaitGroup", std.Wait},
		{"waits for a skein.WaitGroup", ours.Wait},
		{"submits to a full group", func() { full.Go(succeed) }},
		{"receives", func() { <-end }},
		{"selects", func() {
			select {
			case <-end:
			case <-nowhere:
			}
		}},
		{"waits for workers", func() { _ = full.Wait() }},
		{"waits in Run", func() {
			_ = skein.Run(context.Background(), func(g *skein.Group) error { g.GoNamed("receives in Run", held(end)); return nil })
		}},
	} {
		g.GoNamed(w.name, func(context.Context) error { w.f(); return nil })
		time.Sleep(time.Millisecond) // so that they have different ages
	}
	return planted{
		end: func() {
			close(end)
			<-channel
			lock.Unlock()
			room.Unlock()
			std.Done()
			ours.Done()
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
		},
		want: "sends blocked, locks blocked, reads blocked, waits for a sync.WaitGroup blocked, waits for a skein.WaitGroup blocked, " +
			"submits to a full group blocked, receives in another group unclear, receives unclear, receives in Run unclear, selects idle, waits for workers parent, waits in Run parent, ",
	}
}
