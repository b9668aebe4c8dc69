package cluster_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

// Tasks that are submitted one by one travel alone; each has a slot even so, if
// there are as many.
func TestTasksThatTravelAloneFillAWorker(t *testing.T) {
	const n = 100
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("wait", cluster.Attempts(1))
	run := openRun(t, c, "r")
	for i := range n {
		if _, err := typ.Submit(t.Context(), run, i); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	running, all := 0, make(chan struct{})
	typ.Handle(c, func(_ context.Context, i int) (int, error) {
		mu.Lock()
		if running++; running == n {
			close(all)
		}
		mu.Unlock()
		select {
		case <-all:
			return i, nil
		case <-time.After(20 * time.Second):
			mu.Lock()
			defer mu.Unlock()
			return 0, fmt.Errorf("only %d of %d run", running, n)
		}
	})
	clustertest.Work(t, c, n)
	if err := run.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
