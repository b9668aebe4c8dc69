package cluster_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

// What does not fit into a message when it is written as JSON, and what never
// would, is recorded, and run once.
func TestCausesOfAnySizeAreRecorded(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd", cluster.Attempts(1))
	var ran atomic.Int32
	typ.Handle(c, func(_ context.Context, i int) (int, error) {
		ran.Add(1)
		if i == 0 {
			return 0, &cluster.Cause{Text: "x", Type: strings.Repeat("T", 2<<20)}
		}
		return 0, errors.New(strings.Repeat("\x01", 5000))
	})
	run := openRun(t, c, "r")
	if _, err := typ.SubmitAll(t.Context(), run, numbers(64)); err != nil {
		t.Fatal(err)
	}
	clustertest.Work(t, c, 64)
	if err := run.Wait(t.Context()); err == nil || ran.Load() != 64 {
		t.Errorf("%d ran; %v", ran.Load(), err)
	}
}
