package cluster_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"example.com/skein/cluster"
)

// A record that somebody has invented before there was a task of its type is none
// for nobody, and once there is one it is the same for all: who read it before,
// who reads it now, and who comes later.
func TestWhoReadsBeforeATypeIsAnnouncedLearnsTheSame(t *testing.T) {
	s := openServer(t, time.Second)
	typ, first := cluster.Define[int, int]("odd"), cluster.Define[int, int]("even")
	type target interface {
		cluster.Target
		Outcomes(context.Context) iter.Seq2[cluster.Ended, error]
		News(context.Context, func(*cluster.News)) (*cluster.Snapshot, error)
	}
	for _, place := range []target{openRun(t, s.c, "r"), openQueue(t, s.c)} {
		invent := func(typ string, n int, outcome string) {
			t.Helper()
			s.say(t, "1", fmt.Sprintf("skein.0.%s.done.%s.1.%d-%d", place.Name(), typ, n, n), fmt.Sprintf(`{"worker":"w","records":[{"submitter":1,"n":%d,"attempt":1,"outcome":%q}]}`, n, outcome)+"\n")
		}
		invent("odd", 1, "failed")
		ctx, cancel := context.WithCancel(t.Context())
		heard := make(chan string, 100)
		go func() {
			for o, err := range place.Outcomes(ctx) {
				if err == nil {
					heard <- fmt.Sprint(o.Task, " ", o.Outcome)
				}
			}
		}()
		news := func() (all []string) {
			if _, err := place.News(t.Context(), func(n *cluster.News) { all = append(all, fmt.Sprint(n.Task, " ", n.Outcome)) }); err != nil {
				t.Fatal(err)
			}
			return all
		}
		if all := news(); all != nil {
			t.Errorf("news are %v", all)
		}
		if _, err := first.Submit(t.Context(), place, 1); err != nil {
			t.Fatal(err)
		}
		invent("even", 1, "succeeded")
		if o := <-heard; o != "even.1.1 succeeded" {
			t.Error(o)
		}
		if all := fmt.Sprint(news()); all != "[even.1.1 succeeded]" {
			t.Errorf("news are %v", all)
		}
		if _, err := typ.Submit(t.Context(), place, 1); err != nil {
			t.Fatal(err)
		}
		invent("odd", 1, "succeeded")
		if o := <-heard; o != "odd.1.1 failed" {
			t.Error(o)
		}
		invent("even", 2, "failed")
		if o := <-heard; o != "even.1.2 failed" { // and that other one was late
			t.Error(o)
		}
		if all := fmt.Sprint(news()); all != "[odd.1.1 failed even.1.2 failed]" {
			t.Errorf("news are %v", all)
		}
		cancel()
		later := map[string]bool{}
		for o, err := range place.Outcomes(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if later[fmt.Sprint(o.Task, " ", o.Outcome)] = true; o.Task.Type == "even" && o.Task.N == 2 {
				break
			}
		}
		if len(later) != 3 || !later["odd.1.1 failed"] || !later["even.1.1 succeeded"] {
			t.Errorf("who came later was told %v", later)
		}
	}
}

func TestATaskHasANameOfThreeWords(t *testing.T) {
	id := cluster.ID{Type: "a_b-C", Submitter: 3, N: 17}
	if back, err := cluster.ParseID(id.String()); back != id || err != nil || id.String() != "a_b-C.3.17" {
		t.Errorf("%s is %v, %v", id, back, err)
	}
	for _, text := range []string{"", "1.17", "a.1", "a.0.1", "a.1.0", "a.-1.1", "a.1.+1", "a.1.1.", "a.1.1 ", ".1.1", "a b.1.1", "a.01.1", "a.1.99999999999999999999", "a.b.1.1"} {
		if id, err := cluster.ParseID(text); err == nil {
			t.Errorf("%q is %v", text, id)
		}
	}
}

// A copy may have a message before the server that leads, and who has read it there
// reads it again. One that was removed meanwhile he does not wait for.
func TestWhatWasSeenOnACopyIsReadAgain(t *testing.T) {
	s := openServer(t, time.Second)
	run := openRun(t, s.c, "r")
	said := make(chan bool)
	time.AfterFunc(100*time.Millisecond, func() {
		defer close(said)
		s.say(t, "1", "skein.0.r.done.odd.1.1-1", `{"worker":"w","records":[{"submitter":1,"n":1,"attempt":1,"outcome":"failed"}]}`+"\n")
	})
	if n, err := run.ReadDone(t.Context(), 1); n != 1 || err != nil {
		t.Errorf("%d messages are read, %v", n, err)
	}
	<-said
	if n, err := run.ReadDone(t.Context(), 2); n != 1 || err != nil {
		t.Errorf("%d messages are read, %v", n, err)
	}
}
