package cluster_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

// TestSubmitAllEndsWithItsContext has it end while some tasks are on their way
// and others wait, and what it says is safe is what the run has.
func TestSubmitAllEndsWithItsContext(t *testing.T) {
	c := open(t)
	fine := cluster.Define[int, int]("fine")
	fine.Handle(c, func(_ context.Context, i int) (int, error) { return i, nil })
	clustertest.Work(t, c, 8)
	run := openRun(t, c, "r")
	safe := 0
	for i := range 60 {
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("enough")
		ended := make(chan int, 1)
		go func() {
			n, err := fine.SubmitAll(ctx, run, func(yield func(int) bool) {
				for k := 0; yield(k); k++ {
					if k == 10*i { // with none on its way, and with four batches
						go cancel(why)
					}
				}
			})
			if !errors.Is(err, why) {
				t.Error(err)
			}
			ended <- n
		}()
		select {
		case n := <-ended:
			safe += n
		case <-time.After(20 * time.Second):
			t.Fatal("SubmitAll does not end")
		}
	}
	if safe == 0 {
		t.Error("nothing was ever on its way")
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := run.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := s.Counts.Total(); n != safe {
		t.Errorf("%d tasks were said to be safe, and the run has %d", safe, n)
	}
}

// A program that is started again and again takes its run over each time.
func TestManyOwnersLeaveLittleInTheTaskStream(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	typ := cluster.Define[int, int]("echo")
	typ.Handle(c, identity)
	const owners = 30
	var run *cluster.Run
	for i := range owners {
		run = openRun(t, c, "r")
		if _, err := typ.Submit(t.Context(), run, i); err != nil {
			t.Fatal(err)
		}
	}
	info, err := taskStream(t, address).Info(t.Context())
	if err != nil || info.State.Msgs > 3*owners { // a task, and that its gate is open, and closed
		t.Errorf("%d messages, %v", info.State.Msgs, err)
	}
	clustertest.Work(t, c, 2)
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err := run.Snapshot(t.Context()); err != nil || s.Submitted != owners || s.Counts[cluster.Succeeded] != owners {
		t.Errorf("%+v, %v", s, err)
	}
}
