package embed

import (
	"context"
	"testing"
	"time"

	"example.com/skein/cluster"
)

// A full disk is played by package chaos; here is what follows it.
func TestAServerThatIsStartedAgainGoesOn(t *testing.T) {
	own := config{dir: t.TempDir(), fast: true, halt: func(error) {}}
	l, nc, err := own.begin()
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	defer nc.Close()
	c, err := cluster.Connect(t.Context(), nc, cluster.OnSilence(l.revive), cluster.Lease(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	echo := cluster.Define[int, int]("echo")
	echo.Handle(c, func(_ context.Context, i int) (int, error) { return i, nil })
	working, enough := context.WithCancel(t.Context())
	worked := make(chan error, 1)
	go func() { worked <- c.Work(working, 4) }()
	run, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	const tasks = 300
	for i := range tasks {
		if i%100 == 50 {
			before := l.server
			l.again = l.again.Add(-often)
			l.revive()
			if l.server == nil || l.server == before {
				t.Error("it was not started again")
			}
		}
		if _, err := echo.Submit(t.Context(), run, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	n := 0
	for range echo.Results(t.Context(), run) {
		n++
	}
	if n != tasks {
		t.Errorf("%d outcomes of %d tasks", n, tasks)
	}
	enough()
	if err := <-worked; err != nil {
		t.Error(err)
	}
}

func TestAServerThatIsClosedIsNotStartedAgain(t *testing.T) {
	own := config{dir: t.TempDir(), fast: true, halt: func(error) {}}
	l, nc, err := own.begin()
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	l.close()
	l.revive()
	if l.server != nil {
		t.Error("it was started again")
	}
	if err := l.start(); err == nil {
		t.Error("it was started")
	}
}
