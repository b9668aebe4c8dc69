package cluster_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/internal/servers"
)

// openThree opens a client of it, once there is a leader.
func openThree(t *testing.T, address string) *cluster.Client {
	t.Helper()
	var err error
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late); {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		var c *cluster.Client
		c, err = cluster.Open(ctx, address, cluster.Replicas(3))
		cancel()
		if err == nil {
			t.Cleanup(c.Close)
			return c
		}
	}
	t.Fatal(err)
	return nil
}

func TestThreeServersDecideAsOne(t *testing.T) {
	c := openThree(t, servers.Three(t)[0].ClientURL())
	echo := cluster.Define[int, int]("echo")
	echo.Handle(c, func(_ context.Context, i int) (int, error) { return i, nil })
	work(t, c, 8)
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
