package cluster_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"example.com/skein/cluster"
)

// Who returns has waited for all that it started.
func TestWhatReadsAndWorksLeavesNoGoroutine(t *testing.T) {
	c := open(t)
	run := openRun(t, c, "r")
	typ := cluster.Define[int, int]("echo")
	typ.Handle(c, identity)
	for range 20 {
		if _, err := typ.SubmitAll(t.Context(), run, numbers(10)); err != nil {
			t.Fatal(err)
		}
		ctx, drain := context.WithCancel(t.Context())
		worked := make(chan error, 1)
		go func() { worked <- c.Work(ctx, 4) }()
		for _, err := range run.Outcomes(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		lacksGoroutine(t, "an Outcomes that was left", "cluster.(*log).")
		drain()
		if err := <-worked; err != nil {
			t.Fatal(err)
		}
		lacksGoroutine(t, "a Work that has returned", "cluster.(*runs).", "cluster.(*worker).")
	}
}

// lacksGoroutine fails if a goroutine is in one of these functions.
func lacksGoroutine(t *testing.T, after string, functions ...string) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		for _, f := range functions {
			if strings.Contains(stack, f) {
				t.Fatalf("after %s:\n%s", after, stack)
			}
		}
	}
}
