// Package clustertest gives a test a cluster of its own.
package clustertest

import (
	"context"
	"testing"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// Open starts a real server in the test's process, which opens no port, and
// returns a client of it. Both end with the test, and so does what they stored:
// it is in a directory of the test's. Each call starts another one, in about 15
// ms. It does not wait for the disk (embed.Fast), which a test has no use for;
// opts may say otherwise. If the server does not start the test fails.
func Open(t testing.TB, opts ...embed.Option) *cluster.Client {
	t.Helper()
	c, err := embed.Open(t.Context(), t.TempDir(), append([]embed.Option{embed.Fast()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Work runs tasks of the types that have been given a handler, n at a time, until
// stop is called or the test ends, and has the test fail if that fails. The test
// does not end before what runs has.
func Work(t testing.TB, c *cluster.Client, n int, opts ...cluster.WorkOption) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- c.Work(ctx, n, opts...) }()
	stopped := make(chan struct{})
	stop = func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("work: %v", err)
			}
			close(stopped)
		case <-stopped:
		}
	}
	t.Cleanup(stop)
	return stop
}
