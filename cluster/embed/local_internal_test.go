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
			l.again = l.again.Add(-often << l.silent)
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

// Where that does not help, as the disk is only slow, it is done less and less often.
func TestAServerThatStaysSilentIsStartedAgainLessOften(t *testing.T) {
	own := config{dir: t.TempDir(), fast: true, halt: func(error) {}}
	l, nc, err := own.begin()
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	defer l.close()
	revived := func(later time.Duration) bool {
		before := l.server
		l.again = time.Now().Add(-later)
		l.revive()
		return l.server != before
	}
	for i, pause := range []time.Duration{often, 2 * often, 4 * often} {
		if revived(pause-often/2) || !revived(pause) {
			t.Errorf("after %d times it is not started again after %v", i, pause)
		}
	}
	if !revived(time.Hour) || !revived(often) {
		t.Error("it is not forgotten when it helped")
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
