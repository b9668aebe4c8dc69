package cluster_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

// A worker knows for a while that there was a run of that name, and was cancelled.
func TestARunIsNotCancelledAsThatOfItsNameWasBefore(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("waits")
	began := make(chan bool, 1)
	typ.Handle(c, func(ctx context.Context, i int) (int, error) {
		if i == 1 {
			began <- true
			<-ctx.Done()
		}
		return i, ctx.Err()
	})
	clustertest.Work(t, c, 1)
	old := openRun(t, c, "r")
	if _, err := typ.Submit(t.Context(), old, 1); err != nil {
		t.Fatal(err)
	}
	<-began
	if err := old.Cancel(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if bad := (*cluster.RunError)(nil); !errors.As(old.Wait(t.Context()), &bad) {
		t.Fatal("it was not cancelled")
	}
	if err := old.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	run := openRun(t, c, "r")
	if _, err := typ.Submit(t.Context(), run, 2); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

// Discard cancels a run before it removes it, of which a worker need not have heard.
func TestWhatRunsOfARunThatWasRemovedEnds(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	typ := cluster.Define[int, int]("waits")
	began, ended := make(chan bool, 1), make(chan error, 1)
	typ.Handle(c, func(ctx context.Context, i int) (int, error) {
		began <- true
		select {
		case <-ctx.Done():
		case <-t.Context().Done(): // the test is over
		}
		ended <- context.Cause(ctx)
		return i, nil
	})
	clustertest.Work(t, c, 1)
	run := openRun(t, c, "r")
	if _, err := typ.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	<-began
	kv, err := stranger(t, address).KeyValue(t.Context(), "SKEIN_RUNS")
	if err == nil {
		_, err = kv.Put(t.Context(), "r", []byte(`{"owner":1,"from":1,"removed":true}`))
	}
	if err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, cluster.ErrRemoved) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it still runs")
	}
}
