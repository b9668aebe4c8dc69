package cluster

import (
	"errors"
	"testing"

	"example.com/skein/cluster/internal/servers"
)

// Who calls a run off may be so late that there is another one of its name.
func TestCallingOffTouchesNoOtherRunOfTheName(t *testing.T) {
	c, err := Open(t.Context(), servers.Cluster(t, 1)[0].ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	open := func() *Run {
		run, err := c.Run(t.Context(), "r")
		if err == nil {
			_, err = Define[int, int]("typ").Submit(t.Context(), run, 1)
		}
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	waiting := func(run *Run, want int) {
		t.Helper()
		if n, err := run.waiting(t.Context()); n != want || err != nil {
			t.Errorf("%d tasks, not %d (%v)", n, want, err)
		}
	}
	old := open()
	if err := old.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	run := open()
	if err := old.purgeTasks(t.Context()); !errors.Is(err, ErrRemoved) {
		t.Error(err)
	}
	waiting(run, 1)
	if err := run.purgeTasks(t.Context()); err != nil {
		t.Error(err)
	}
	waiting(run, 0)
}

// Two who tidy up find the same: neither stops there.
func TestSomebodyElseMayHaveForgottenARun(t *testing.T) {
	c := opened(t, servers.Cluster(t, 1)[0].ClientURL())
	run, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	e, err := run.entry(t.Context())
	for range 2 {
		if err == nil {
			err = run.forget(t.Context(), e)
		}
	}
	if err != nil {
		t.Error(err)
	}
	if e, err := run.entry(t.Context()); err != nil || e.there() {
		t.Errorf("%+v, %v", e, err)
	}
}
