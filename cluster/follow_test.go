package cluster_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

// A worker that may only have another type writes without end, and no other one
// comes: who waits has to end the run even so.
func TestWhatIsNoneOfTheRunsKeepsNobodyWaiting(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address, cluster.Lease(200*time.Millisecond))
	run := openRun(t, c, "r")
	if _, err := cluster.Define[int, int]("typ").Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	nc := stranger(t, address).Conn()
	said := make(chan bool)
	defer func() { stop(); <-said }()
	go func() {
		defer close(said)
		for ctx.Err() == nil {
			m := nats.NewMsg("skein.0.r.done.other.1.1-1")
			m.Header.Set("Skein-Version", "1")
			m.Data = []byte(`{"worker":"w","records":[{"submitter":1,"n":1,"attempt":1,"outcome":"succeeded"}]}` + "\n")
			if _, err := nc.RequestMsg(m, time.Second); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
			<-time.After(20 * time.Millisecond)
		}
	}()
	if err := run.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := run.Cancel(ctx, nil); err != nil {
		t.Fatal(err)
	}
	bad := (*cluster.RunError)(nil)
	if err := run.Wait(ctx); !errors.As(err, &bad) || bad.Counts[cluster.Cancelled] != 1 {
		t.Error(err)
	}
}
