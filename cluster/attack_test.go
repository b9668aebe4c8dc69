package cluster_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
	"example.com/skein/cluster/embed"
)

// A task fails just when the rest of its batch is handed on. What is noted of the
// batch then must not say that this task is gone, before its next attempt is
// anywhere.
func TestATaskThatFailsWhileOthersAreHandedOnIsNotLost(t *testing.T) {
	c := clustertest.Open(t, embed.Client(cluster.Lease(2*time.Second)))
	flaky := cluster.Define[int, int]("flaky", cluster.Attempts(5), cluster.Backoff(0, 0))
	flaky.Handle(c, func(ctx context.Context, i int) (int, error) {
		if task, _ := cluster.TaskOf(ctx); task.Attempt > 1 {
			return i, nil
		}
		<-time.After(time.Second + rand.N(6*time.Millisecond)) // as long as a batch has patience
		return 0, errors.New("once more")
	})
	run := openRun(t, c, "r")
	if _, err := flaky.SubmitAll(t.Context(), run, numbers(100)); err != nil {
		t.Fatal(err)
	}
	clustertest.Work(t, c, 8)
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Who only reads the outcomes of a run that was cancelled comes to their end,
// though nobody closes it, and no worker is there.
func TestTheOutcomesOfACancelledRunHaveAnEnd(t *testing.T) {
	c := clustertest.Open(t, embed.Client(cluster.Lease(300*time.Millisecond)))
	typ := cluster.Define[int, int]("odd")
	run := openRun(t, c, "r")
	if _, err := typ.SubmitAll(t.Context(), run, numbers(3)); err != nil {
		t.Fatal(err)
	}
	if err := run.Cancel(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	n := 0
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil || o.Outcome != cluster.Cancelled {
			t.Fatal(o, err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d outcomes", n)
	}
}

// What the server has lost is told, though the run is still open.
func TestWhatIsLostIsToldBeforeTheRunIsClosed(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c, err := cluster.Open(t.Context(), address, cluster.Lease(300*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	typ := cluster.Define[int, int]("odd")
	run := openRun(t, c, "r")
	if _, err := typ.SubmitAll(t.Context(), run, numbers(3)); err != nil {
		t.Fatal(err)
	}
	if err := taskStream(t, address).Purge(t.Context(), jetstream.WithPurgeSubject("skein.*.*.task.>")); err != nil {
		t.Fatal(err)
	}
	n := 0
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil || o.Outcome != cluster.Lost {
			t.Fatal(o, err)
		}
		if n++; n == 3 {
			break
		}
	}
}

func TestADiscardedRunIsGone(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd")
	run := openRun(t, c, "r")
	if _, err := typ.SubmitAll(t.Context(), run, numbers(3)); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	go func() {
		for _, err := range run.Outcomes(t.Context()) {
			waited <- err
		}
	}()
	if err := run.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; !errors.Is(err, cluster.ErrRemoved) {
		t.Error(err)
	}
	s, err := run.Snapshot(t.Context())
	if err != nil || s.Waiting > 0 || s.Counts.Total() > 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := typ.Submit(t.Context(), run, 1); !errors.Is(err, cluster.ErrClosed) {
		t.Error(err)
	}
}
