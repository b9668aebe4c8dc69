package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

// take reads n outcomes.
func take(t *testing.T, q *cluster.Queue, n int) (all []cluster.Ended) {
	t.Helper()
	for o, err := range q.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, o); len(all) == n {
			break
		}
	}
	return all
}

func openQueue(t *testing.T, c *cluster.Client, opts ...cluster.QueueOption) *cluster.Queue {
	t.Helper()
	q, err := c.Queue(t.Context(), "mail", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestManySubmitToAQueue(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(c, odd)
	clustertest.Work(t, c, 4)
	first, second := openQueue(t, c), openQueue(t, c)
	for i := range 10 {
		for _, q := range []*cluster.Queue{first, second} {
			if _, err := typ.Submit(t.Context(), q, i); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen := map[cluster.ID]bool{}
	for _, o := range take(t, first, 20) {
		seen[o.Task] = true
	}
	if len(seen) != 20 {
		t.Errorf("%d tasks", len(seen))
	}
	s, err := second.Snapshot(t.Context())
	if err != nil || s.Counts[cluster.Failed] != 10 || s.Counts[cluster.Succeeded] != 10 || !s.Queue {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := c.Run(t.Context(), "mail"); err == nil {
		t.Error("a queue is a run")
	}
	openRun(t, c, "r")
	if _, err := c.Queue(t.Context(), "r"); err == nil {
		t.Error("a run is a queue")
	}
}

func TestWhatIsNotKeptIsCountedOnce(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(c, odd)
	clustertest.Work(t, c, 4)
	q := openQueue(t, c, cluster.Keep(time.Millisecond))
	for round := range 3 {
		if _, err := typ.SubmitAll(t.Context(), q, numbers(10)); err != nil {
			t.Fatal(err)
		}
		for s, err := q.Snapshot(t.Context()); ; s, err = q.Snapshot(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if s.Counts.Total() == 10*(round+1) {
				break
			}
		}
		<-time.After(2 * time.Millisecond) // they grow old
		if err := c.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if dead, err := q.Dead(t.Context()); err != nil || len(dead) > 0 {
			t.Errorf("%d are kept, %v", len(dead), err)
		}
	}
	again := openQueue(t, c)
	s, err := again.Snapshot(t.Context())
	if err != nil || s.Counts[cluster.Failed] != 15 || s.Counts[cluster.Succeeded] != 15 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestTheDeadAreListedAndSubmittedAgain(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd", cluster.Attempts(2), cluster.Backoff(0, 0))
	fixed := false
	typ.Handle(c, func(_ context.Context, i int) (int, error) {
		if i == 7 && !fixed {
			return 0, errors.New("not yet")
		}
		return i, nil
	})
	stop := clustertest.Work(t, c, 1)
	run := openRun(t, c, "r")
	if _, err := typ.SubmitAll(t.Context(), run, numbers(10)); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(t.Context()); err == nil {
		t.Fatal("all succeeded")
	}
	dead, err := run.Dead(t.Context())
	if err != nil || len(dead) != 1 || len(dead[0].History) != 1 || dead[0].History[0].Cause.Error() != "not yet" || dead[0].Attempt != 2 {
		t.Fatalf("%+v, %v", dead, err)
	}
	if args, err := dead[0].Args(); string(args) != "7" || err != nil {
		t.Errorf("%s, %v", args, err)
	}
	stop()
	fixed = true
	clustertest.Work(t, c, 1)
	q := openQueue(t, c)
	if _, err := q.Resubmit(t.Context(), dead[0].Ended); err != nil {
		t.Fatal(err)
	}
	if o := take(t, q, 1)[0]; o.Outcome != cluster.Succeeded {
		t.Errorf("%+v", o)
	}
	if dead, err := run.Dead(t.Context()); err != nil || len(dead) > 0 {
		t.Errorf("%+v, %v", dead, err)
	}
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil || o.Outcome == cluster.Succeeded {
			continue
		}
		if o.Task.N != 8 {
			t.Errorf("%+v", o)
		}
	}
}

func TestARemovedRunLeavesNothing(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(c, odd)
	for round, opts := range [][]cluster.RunOption{nil, {cluster.Limit(2), cluster.Keep(time.Millisecond)}, {cluster.FirstSuccess()}} {
		run, err := c.Run(t.Context(), "r", opts...)
		if err != nil {
			t.Fatal(err)
		}
		id, err := typ.Submit(t.Context(), run, 2)
		if err != nil || id.N != 1 {
			t.Fatal(id, err)
		}
		if err := run.Delete(t.Context()); !errors.Is(err, cluster.ErrRunning) {
			t.Error(err)
		}
		stop := clustertest.Work(t, c, 2)
		if err := run.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop()
		if round == 1 {
			<-time.After(2 * time.Millisecond) // it grows old
			err = c.Tidy(t.Context())
		} else {
			err = run.Delete(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		s, err := run.Snapshot(t.Context())
		if err != nil || s.Counts.Total() > 0 && round == 1 || s.Waiting > 0 {
			t.Errorf("round %d: %+v, %v", round, s, err)
		}
		if err := run.Delete(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestWhoJoinsReplacesNobody(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(c, odd)
	clustertest.Work(t, c, 2)
	owner := openRun(t, c, "r")
	joined, err := c.Run(t.Context(), "r", cluster.Join())
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range []*cluster.Run{owner, joined, owner, joined} {
		if _, err := typ.Submit(t.Context(), r, 2*i); err != nil {
			t.Fatal(err)
		}
	}
	waited := make(chan error)
	go func() { waited <- joined.Wait(t.Context()) }()
	if _, err := typ.Submit(t.Context(), joined, 2); err != nil {
		t.Errorf("who joined has closed the run: %v", err)
	}
	if err := owner.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
	s, err := joined.Snapshot(t.Context())
	if err != nil || s.Submitted != 5 || !s.Closed || !s.Finished {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWorkersAreSeen(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(c, odd)
	stop := clustertest.Work(t, c, 3)
	var all []cluster.Worker
	for len(all) == 0 {
		var err error
		if all, err = c.Workers(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if w := all[0]; w.Slots != 3 || fmt.Sprint(w.Types) != "[odd]" || w.PID == 0 {
		t.Errorf("%+v", w)
	}
	stop()
	if all, err := c.Workers(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if err := c.Work(t.Context(), 1, cluster.Only("none")); err == nil {
		t.Error("it works on a type that has no handler")
	}
}

// Who tidied up crashed after it had counted, and before it had removed anything.
func TestWhatWasCountedAndIsStillThereIsRemoved(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	typ := cluster.Define[int, string]("large")
	typ.Handle(c, func(context.Context, int) (string, error) { return strings.Repeat("x", 1<<20), nil })
	clustertest.Work(t, c, 1)
	q := openQueue(t, c)
	if _, err := typ.Submit(t.Context(), q, 1); err != nil {
		t.Fatal(err)
	}
	take(t, q, 1)
	js := stranger(t, address)
	stream, err := js.Stream(t.Context(), "SKEIN_DONE")
	if err != nil {
		t.Fatal(err)
	}
	last := stream.CachedInfo().State.LastSeq
	kv, err := js.KeyValue(t.Context(), "SKEIN_RUNS")
	if err == nil {
		_, err = kv.Put(t.Context(), "mail", fmt.Appendf(nil, `{"queue":true,"owner":1,"types":["large"],"keep":3600000000000,"through":%d,"counted":{"large":{"1":[[1,1]]}},"counts":{"succeeded":1}}`, last))
	}
	if err == nil {
		err = c.Tidy(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	info, err := stream.Info(t.Context())
	if err != nil || last < 5 || info.State.Msgs != 0 {
		t.Errorf("%+v, %v", info.State, err)
	}
	if s, err := q.Snapshot(t.Context()); err != nil || s.Counts.Total() != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}
