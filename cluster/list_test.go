package cluster_test

import (
	"context"
	"errors"
	"testing"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
	"example.com/skein/cluster/internal/servers"
)

// Who opens a run that is being closed has submitted nothing, and knows nothing
// of what others have.
func TestARunWhoseCloserDiedIsCountedByWhoComesNext(t *testing.T) {
	for _, row := range []struct {
		name string
		opts []cluster.RunOption
	}{
		{"an owner", nil},
		{"one who observes", []cluster.RunOption{cluster.Observe()}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := clustertest.Open(t)
			echo := cluster.Define[int, int]("echo")
			first := openRun(t, c, "r")
			if n, err := echo.SubmitAll(t.Context(), first, numbers(100)); n != 100 || err != nil {
				t.Fatal(n, err)
			}
			if err := first.Cancel(t.Context(), nil); err != nil { // closes, and does not count
				t.Fatal(err)
			}
			next, err := c.Run(t.Context(), "r", row.opts...)
			if err != nil {
				t.Fatal(err)
			}
			if err := next.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s, err := next.Snapshot(t.Context()); err != nil || s.Submitted != 100 {
				t.Fatalf("%+v, %v: not 100 tasks", s, err)
			}
			echo.Handle(c, func(_ context.Context, i int) (int, error) { return i, nil })
			clustertest.Work(t, c, 8)
			var bad *cluster.RunError
			if err := next.Wait(t.Context()); !errors.As(err, &bad) || bad.Counts[cluster.Cancelled] != 100 {
				t.Errorf("%v: not 100 cancelled", err)
			}
		})
	}
}

// listed is what the list says of a name.
func listed(t *testing.T, c *cluster.Client, name string) cluster.Listed {
	t.Helper()
	all, err := c.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if l.Name == name {
			return l
		}
	}
	return cluster.Listed{}
}

func TestRunsAreListedAsTheyStand(t *testing.T) {
	c := clustertest.Open(t)
	if all, err := c.Runs(t.Context()); len(all) != 0 || err != nil {
		t.Fatal(all, err)
	}
	echo := cluster.Define[int, int]("echo")
	echo.Handle(c, func(_ context.Context, i int) (int, error) { return i, nil })
	run, err := c.Run(t.Context(), "r", cluster.Limit(3))
	if err != nil {
		t.Fatal(err)
	}
	openQueue(t, c)
	if l := listed(t, c, "r"); l.State != cluster.StateOpen || l.Queue || l.Limit != 3 || l.Counts != nil || l.Since.IsZero() {
		t.Errorf("%+v", l)
	}
	if l := listed(t, c, "mail"); l.State != cluster.StateOpen || !l.Queue {
		t.Errorf("%+v", l)
	}
	if n, err := echo.SubmitAll(t.Context(), run, numbers(10)); n != 10 || err != nil {
		t.Fatal(n, err)
	}
	if err := run.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l := listed(t, c, "r"); l.State != cluster.StateClosed || l.Submitted != 10 {
		t.Errorf("%+v", l)
	}
	clustertest.Work(t, c, 4)
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l := listed(t, c, "r"); l.State != cluster.StateFinished || l.Counts[cluster.Succeeded] != 10 {
		t.Errorf("%+v", l)
	}
	if err := run.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l := listed(t, c, "r"); l.Name != "" {
		t.Errorf("%+v is listed, and was removed", l)
	}
}

func TestWhoObservesChangesNothing(t *testing.T) {
	c := clustertest.Open(t)
	echo := cluster.Define[int, int]("echo")
	if _, err := c.Run(t.Context(), "r", cluster.Observe()); !errors.Is(err, cluster.ErrNotThere) {
		t.Error(err)
	}
	if _, err := c.Queue(t.Context(), "r", cluster.Observe()); !errors.Is(err, cluster.ErrNotThere) {
		t.Error(err)
	}
	run := openRun(t, c, "r")
	if _, err := echo.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	before := listed(t, c, "r")
	seen, err := c.Run(t.Context(), "r", cluster.Observe())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := echo.Submit(t.Context(), seen, 2); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("who observes submits: %v", err)
	}
	if after := listed(t, c, "r"); after.Since != before.Since {
		t.Errorf("the entry has changed: %+v, then %+v", before, after)
	}
	if _, err := echo.Submit(t.Context(), run, 3); err != nil {
		t.Errorf("who submitted before is replaced: %v", err)
	}
	if _, err := c.Queue(t.Context(), "r", cluster.Observe()); err == nil {
		t.Error("a run is a queue")
	}
	if s, err := seen.Snapshot(t.Context()); err != nil || s.Waiting == 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWhoLooksAtAServerMakesNothingThere(t *testing.T) {
	address := servers.One(t).ClientURL()
	for range 2 {
		if _, err := cluster.Open(t.Context(), address, cluster.Existing()); !errors.Is(err, cluster.ErrNothing) {
			t.Fatalf("%v: something is there", err)
		}
	}
	c, err := cluster.Open(t.Context(), address, cluster.MaxBytes(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	openRun(t, c, "r")
	looks, err := cluster.Open(t.Context(), address, cluster.Existing())
	if err != nil {
		t.Fatal(err)
	}
	defer looks.Close()
	if l := listed(t, looks, "r"); l.State != cluster.StateOpen {
		t.Errorf("%+v", l)
	}
}
