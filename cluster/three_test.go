package cluster_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

func TestThreeServersDecideAsOne(t *testing.T) {
	address := clustertest.Servers(t, 3)
	c, err := cluster.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if n := taskStream(t, address).CachedInfo().Config.Replicas; n != 3 {
		t.Errorf("%d of three servers keep what is acknowledged", n)
	}
	echo := cluster.Define[int, int]("echo")
	echo.Handle(c, func(_ context.Context, i int) (int, error) { return i, nil })
	clustertest.Work(t, c, 8)
	first := openRun(t, c, "r")
	if n, err := echo.SubmitAll(t.Context(), first, numbers(500)); n != 500 || err != nil {
		t.Fatal(n, err)
	}
	second := openRun(t, c, "r")
	if _, err := echo.Submit(t.Context(), first, 1000); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("the first still submits: %v", err)
	}
	if n, err := echo.SubmitAll(t.Context(), second, numbers(100)); n != 100 || err != nil {
		t.Fatal(n, err)
	}
	if err := second.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range echo.Results(t.Context(), first) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 600 {
		t.Errorf("%d outcomes", n)
	}
}

// taskStream is the stream of tasks, as who is not package cluster sees it.
func taskStream(t *testing.T, address string) jetstream.Stream {
	t.Helper()
	s, err := stranger(t, address).Stream(t.Context(), "SKEIN_TASKS")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenersOfARunOnThreeServersDoNotFail(t *testing.T) {
	address := clustertest.Servers(t, 3)
	var all sync.WaitGroup
	for range 6 {
		c := openAt(t, address)
		all.Go(func() {
			for range 4 {
				if _, err := c.Run(t.Context(), "r", cluster.Join()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
