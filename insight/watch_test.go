package insight_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/insight"
	"example.com/skein/internal/bubble"
)

// kept says whether a history is kept: then a worker's age is known exactly.
func kept() bool {
	end := make(chan struct{})
	g := skein.New(context.Background())
	g.Go(held(end))
	time.Sleep(time.Second) // of fake time
	known := !g.Snapshot().Groups[0].Workers[0].AtLeast
	close(end)
	_ = g.Wait()
	return known
}

// lookedAt are the handlers of Examples, which have no end of their own.
var lookedAt []*insight.Handler

func TestTheHistoryIsKeptWhileSomebodyLooks(t *testing.T) {
	for _, h := range lookedAt {
		h.Leave()
	}
	lookedAt = nil
	bubble.Run(t, "not before the first request", func(t *testing.T) {
		_ = new(insight.Handler)
		if kept() {
			t.Error("a history is kept for nobody")
		}
	})
	bubble.Run(t, "from the first request until fifteen seconds after the last", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		for range 5 {
			stateOf(t, h, "")
			time.Sleep(13 * time.Second)
			if !kept() {
				t.Fatal("no history is kept although somebody looks")
			}
		}
		time.Sleep(time.Second + time.Nanosecond) // now it is 15
		if kept() {
			t.Error("a history is still kept")
		}
	})
	bubble.Run(t, "not for those who want text", func(t *testing.T) {
		get(looked(t, new(insight.Handler)), "/?format=text")
		get(looked(t, new(insight.Handler)), "/?format=html")
		if kept() {
			t.Error("a history is kept for one look")
		}
	})
	bubble.Run(t, "not if it is switched off", func(t *testing.T) {
		h := looked(t, &insight.Handler{History: -1})
		s := stateOf(t, h, "")
		if kept() {
			t.Error("a history is kept")
		}
		if s = stateOf(t, h, ""); len(s.Ended) > 0 || len(s.Seconds) > 0 || s.Next != 0 {
			t.Errorf("got %d ended, %d seconds, next %d", len(s.Ended), len(s.Seconds), s.Next)
		}
	})
}

func TestEndedWorkers(t *testing.T) {
	bubble.Run(t, "are told to each viewer once, by number, and never again", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		if s := stateOf(t, h, ""); len(s.Ended) != 0 || s.Next != 0 {
			t.Fatalf("got %d ended, next %d", len(s.Ended), s.Next)
		}
		work(t, "a", "b")
		s := stateOf(t, h, "")
		if got := names(s.Ended); got != "ab" || s.Next != 2 {
			t.Errorf("got %q, next %d", got, s.Next)
		}
		work(t, "c")
		for _, row := range []struct{ after, want string }{{"0", "abc"}, {"1", "bc"}, {"2", "c"}, {"3", ""}, {"99", "abc"}} {
			if got := names(stateOf(t, h, "&after="+row.after).Ended); got != row.want {
				t.Errorf("after %s: got %q, want %q", row.after, got, row.want)
			}
		}
	})
	bubble.Run(t, "are numbered on when the history has been away", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		stateOf(t, h, "")
		work(t, "a", "b")
		time.Sleep(time.Minute)
		work(t, "unseen")
		if s := stateOf(t, h, "&after=0"); len(s.Ended) != 0 || s.Next != 2 {
			t.Errorf("got %q, next %d, want none and 2", names(s.Ended), s.Next)
		}
		work(t, "c")
		if s := stateOf(t, h, "&after=2"); names(s.Ended) != "c" || s.Next != 3 {
			t.Errorf("got %q, next %d, want c and 3", names(s.Ended), s.Next)
		}
	})
	bubble.Run(t, "are listed up to five hundred, and all counted", func(t *testing.T) {
		h := looked(t, &insight.Handler{History: 600})
		stateOf(t, h, "")
		work(t, make([]string, 700)...)
		s := stateOf(t, h, "")
		if len(s.Ended) != 500 || s.Next != 700 || s.Ended[499].Number != 700 {
			t.Errorf("%d are listed, the last number %d; next %d", len(s.Ended), s.Ended[499].Number, s.Next)
		}
		last := s.Seconds[len(s.Seconds)-1]
		if last.Ended != 700 || last.Outcomes[skein.Succeeded] != 600 {
			t.Errorf("%d have ended, %v", last.Ended, last.Outcomes)
		}
	})
}

// work runs tasks of these names one after the other, which takes no time.
func work(t *testing.T, names ...string) {
	t.Helper()
	g := skein.New(context.Background(), skein.Limit(1))
	for _, name := range names {
		g.GoNamed(name, succeed)
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

func names(ended []skein.Ended) (all string) {
	for _, e := range ended {
		all += e.Name
	}
	return all
}

func TestSeconds(t *testing.T) {
	bubble.Run(t, "tell how many ended, how, and how long they took", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		stateOf(t, h, "")
		g := skein.New(context.Background(), skein.KeepGoing())
		for n := range 100 {
			var err error
			if n < 3 {
				err = errors.New("no luck")
			}
			g.Go(lasting(time.Duration(n+1)*time.Millisecond, err))
		}
		_ = g.Wait()
		g2 := skein.New(context.Background())
		g2.Go(lasting(10*time.Second, nil))
		_ = g2.Wait()
		s := stateOf(t, h, "").Seconds
		if len(s) != 11 {
			t.Fatalf("got %d seconds, want 11: %v", len(s), s)
		}
		first, last := s[0], s[10]
		if first.Ended != 100 || first.Outcomes[skein.Succeeded] != 97 || first.Outcomes[skein.Failed] != 3 {
			t.Errorf("%d have ended: %v", first.Ended, first.Outcomes)
		}
		for _, row := range []struct{ got, want time.Duration }{
			{first.P50, 50 * time.Millisecond}, {first.P90, 90 * time.Millisecond}, {first.P99, 99 * time.Millisecond}, {last.P50, 10 * time.Second},
		} {
			if !near(row.got, row.want) {
				t.Errorf("got %v, want %v within 4 %%", row.got, row.want)
			}
		}
		for _, second := range s[1:10] {
			if second.Ended != 0 || second.Outcomes != nil || second.P99 != 0 {
				t.Errorf("nothing has ended: %v", second)
			}
		}
	})
	bubble.Run(t, "go back five minutes, and from a time on", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		start := time.Now().Unix()
		for range 40 {
			stateOf(t, h, "")
			time.Sleep(10 * time.Second)
		}
		s := stateOf(t, h, "").Seconds
		if len(s) != 300 || s[299].Time != start+400 || s[0].Time != start+101 {
			t.Errorf("%d seconds from %d to %d", len(s), s[0].Time-start, s[299].Time-start)
		}
		if s = stateOf(t, h, "&since=946685190").Seconds; len(s) != 11 || s[0].Time != 946685190 {
			t.Errorf("%d seconds from %d", len(s), s[0].Time)
		}
	})
}

func near(got, want time.Duration) bool {
	return got >= want*96/100 && got <= want*104/100
}

func TestTheMiddleOfABucketIsNearAllThatItHolds(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	last := -1
	for d := time.Duration(0); d >= 0 && d < 1<<62; d += 1 + d/64 {
		b := insight.Bucket(d)
		if b < last {
			t.Fatalf("%d ns is in bucket %d, less in %d", d, b, last)
		}
		last = b
	}
	for range 100_000 {
		d := time.Duration(r.Uint64() >> (2 + r.IntN(61)))
		if m := insight.Middle(insight.Bucket(d)); m < d-d/28 || m > d+d/28 {
			t.Fatalf("%d ns becomes %d", d, m)
		}
	}
	if insight.Bucket(-time.Second) != 0 {
		t.Error("a clock that goes back makes a bucket of its own")
	}
}
