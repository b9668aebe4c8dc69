package cluster_test

import (
	"testing"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

func TestWhoReadsAQueueOfAClientThatIsClosedIsTold(t *testing.T) {
	c := clustertest.Open(t)
	q, err := c.Queue(t.Context(), "q")
	if err != nil {
		t.Fatal(err)
	}
	typ := cluster.Define[int, int]("echo")
	typ.Handle(c, identity)
	if _, err := typ.Submit(t.Context(), q, 1); err != nil {
		t.Fatal(err)
	}
	stop := clustertest.Work(t, c, 1)
	first := true
	for _, err := range q.Outcomes(t.Context()) {
		if first != (err == nil) {
			t.Fatal(err)
		}
		if first {
			stop()
			c.Close()
		}
		first = false
	}
}

// Readers leave nothing on the server.
func TestWhoReadsOftenLeavesNoReaderBehind(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	typ := cluster.Define[int, int]("echo")
	typ.Handle(c, identity)
	run := openRun(t, c, "r")
	clustertest.Work(t, c, 1)
	if _, err := typ.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := run.Dead(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	done, err := stranger(t, address).Stream(t.Context(), "SKEIN_DONE")
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; {
		info, err := done.Info(t.Context())
		if err == nil && info.State.Consumers == 0 {
			return
		}
		if err != nil || time.Since(began) > 10*time.Second {
			t.Fatalf("%d readers, %v", info.State.Consumers, err)
		}
	}
}
