package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

// told are the records that were told, and how often.
type told map[string]int

func (n told) take(r *cluster.News) {
	n[fmt.Sprint(r.Task, " ", r.Attempt, " ", r.Outcome, " ", r.Last, " ", r.Again)]++
}

func (n told) check(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if n[w] != 1 {
			t.Errorf("%s was told %d times", w, n[w])
		}
	}
	if len(n) != len(want) {
		t.Errorf("told %v, want %v", n, want)
	}
}

func TestNewsAreToldOnce(t *testing.T) {
	c := clustertest.Open(t)
	odds := cluster.Define[int, int]("odds", cluster.Attempts(2), cluster.Backoff(0, 0))
	odds.Handle(c, func(_ context.Context, i int) (int, error) {
		switch i {
		case 1:
			return 0, errors.New("odd")
		case 3:
			return 0, skein.Permanent(errors.New("odd for ever"))
		}
		return i, nil
	})
	clustertest.Work(t, c, 4)
	run := openRun(t, c, "r")
	seen, err := c.Run(t.Context(), "r", cluster.Observe())
	if err != nil {
		t.Fatal(err)
	}
	news, at := told{}, map[cluster.ID]uint64{}
	read := func() *cluster.Snapshot {
		t.Helper()
		s, err := seen.News(t.Context(), func(n *cluster.News) {
			news.take(n)
			at[n.Task] = n.At
			if n.Recorded.IsZero() || n.At == 0 {
				t.Errorf("%+v", n)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := read(); s.Counts.Total() != 0 || len(news) > 0 {
		t.Errorf("%+v, %v", s, news)
	}
	if n, err := odds.SubmitAll(t.Context(), run, numbers(4)); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	var bad *cluster.RunError
	if err := run.Wait(t.Context()); !errors.As(err, &bad) {
		t.Fatal(err)
	}
	want := []string{"odds.1.1 1 succeeded true false", "odds.1.2 1 retried false false", "odds.1.2 2 failed true false", "odds.1.3 1 succeeded true false", "odds.1.4 1 failed true false"}
	for range 3 {
		if s := read(); s.Counts.Total() != 4 || !s.Finished {
			t.Errorf("%+v", s)
		}
	}
	news.check(t, want...)
	if one := (cluster.ID{Type: "odds", Submitter: 1, N: 4}); !seen.HasEnded(one) || seen.HasEnded(cluster.ID{Type: "odds", Submitter: 1, N: 5}) || seen.HasEnded(cluster.ID{}) {
		t.Error("it is not known which tasks have ended")
	}

	t.Run("where they were cut short the next call goes on", func(t *testing.T) {
		again, err := c.Run(t.Context(), "r", cluster.Observe())
		if err != nil {
			t.Fatal(err)
		}
		parts, cuts := told{}, 0
		for {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := again.News(ctx, func(n *cluster.News) {
				parts.take(n)
				cancel()
			})
			cancel()
			if err == nil {
				break
			}
			if cuts++; !errors.Is(err, context.Canceled) || cuts > 10 {
				t.Fatal(err)
			}
		}
		parts.check(t, want...)
	})
	t.Run("a record is read again, and its task submitted", func(t *testing.T) {
		id := cluster.ID{Type: "odds", Submitter: 1, N: 4}
		e, err := seen.Record(t.Context(), at[id], id)
		if err != nil || e.Cause == nil || e.Cause.Error() != "odd for ever" || e.Task != id {
			t.Fatalf("%+v, %v", e, err)
		}
		if _, err := seen.Record(t.Context(), at[id], cluster.ID{Type: "odds", Submitter: 1, N: 99}); err == nil {
			t.Error("another task has ended there too")
		}
		if _, err := seen.Record(t.Context(), 1<<40, id); err == nil {
			t.Error("there is a record that nobody wrote")
		}
		q := openQueue(t, c)
		if _, err := q.Resubmit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		read()
		news.check(t, append(want, "odds.1.4 0 resubmitted false true")...)
		if _, err := q.Record(t.Context(), at[id], id); err == nil {
			t.Error("a queue has read a record of a run")
		}
	})
	t.Run("a run that was removed is not there, also when there is another one of its name", func(t *testing.T) {
		if err := run.Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := seen.News(t.Context(), news.take); !errors.Is(err, cluster.ErrNotThere) {
				t.Errorf("%v, want %v", err, cluster.ErrNotThere)
			}
			openRun(t, c, "r")
		}
	})
}

// A worker that was cut off ends an attempt of a run that was removed.
func TestNewsAreOfThisRun(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	typ := cluster.Define[int, int]("typ")
	if err := openRun(t, c, "r").Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	run := openRun(t, c, "r")
	if _, err := typ.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	m := nats.NewMsg("skein.0.r.done.typ.1.1-1")
	m.Header.Set("Skein-Version", "1")
	m.Data = []byte(`{"worker":"w","records":[{"submitter":1,"n":1,"attempt":1,"outcome":"retried"}]}` + "\n")
	if _, err := stranger(t, address).PublishMsg(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, err := run.News(t.Context(), func(n *cluster.News) { t.Errorf("%+v", n) }); err != nil {
		t.Fatal(err)
	}
}
