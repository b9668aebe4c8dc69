package cluster_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
	"example.com/skein/cluster/internal/servers"
)

// A server that was cut off while it led refuses, until it hears of that, what the
// one that leads now takes, and is the first to answer. So does a stranger here. What
// was taken is not published again.
func TestWhatOneServerRefusesAndAnotherTakesIsThereOnce(t *testing.T) {
	for what, said := range map[string]string{
		"another is on its way": `{"error":{"code":400,"err_code":10164,"description":"wrong last sequence"},"stream":"SKEIN_TASKS","seq":0}`,
		"the gate is not known": `{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 0"},"stream":"SKEIN_TASKS","seq":0}`,
	} {
		t.Run(what, func(t *testing.T) {
			s := servers.One(t, func(o *server.Options) { o.SyncAlways = true }) // slower than who only says no
			c := openAt(t, s.ClientURL())
			run := openRun(t, c, "r")
			js := stranger(t, s.ClientURL())
			refused := 0
			over := make(chan struct{})
			sub, err := js.Conn().Subscribe("skein.0.r.task.>", func(m *nats.Msg) {
				refused++
				m.Respond([]byte(said))
			})
			if err != nil {
				t.Fatal(err)
			}
			sub.SetClosedHandler(func(string) { close(over) })
			if err := js.Conn().FlushTimeout(time.Minute); err != nil {
				t.Fatal(err)
			}
			const tasks = 20
			typ := cluster.Define[int, int]("twice")
			for n := range tasks {
				if _, err := typ.Submit(t.Context(), run, n); err != nil {
					t.Fatal(err)
				}
			}
			if err := sub.Drain(); err != nil {
				t.Fatal(err)
			}
			<-over
			stream, err := js.Stream(t.Context(), "SKEIN_TASKS")
			if err != nil {
				t.Fatal(err)
			}
			there := stream.CachedInfo().State.Msgs - 1 // the gate
			if there != tasks || refused < tasks {
				t.Errorf("%d messages with tasks, of %d that were submitted and %d that were refused", there, tasks, refused)
			}
		})
	}
}

// A client of a connection that is somebody else's leaves nothing on it.
func TestWhoClosesOnABorrowedConnectionLeavesNothing(t *testing.T) {
	nc := stranger(t, servers.One(t).ClientURL()).Conn()
	typ := cluster.Define[int, int]("echo")
	for n := range 3 {
		c, err := cluster.Connect(t.Context(), nc)
		if err != nil {
			t.Fatal(err)
		}
		run := openRun(t, c, "r")
		if _, err := typ.Submit(t.Context(), run, n); err != nil {
			t.Fatal(err)
		}
		worked := make(chan error, 1)
		typ.Handle(c, identity)
		go func() { worked <- c.Work(context.WithoutCancel(t.Context()), 1) }()
		c.Close()
		if err := <-worked; !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("the worker has ended with %v", err)
		}
		if _, err := typ.Submit(t.Context(), run, n); !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("submit after the end: %v", err)
		}
	}
	const own = 1                                                                                  // the connection's, for answers to requests, which stays
	for late := time.Now().Add(10 * time.Second); nc.NumSubscriptions() > own; runtime.Gosched() { // a pull's goes a moment after it
		if time.Now().After(late) {
			t.Fatalf("%d subscriptions are left", nc.NumSubscriptions()-own)
		}
	}
}
