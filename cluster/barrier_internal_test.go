package cluster

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/servers"
)

// opened is a client of the server, until the test ends.
func opened(t *testing.T, address string) *Client {
	t.Helper()
	c, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A server that was cut off while it led has not got all that was acknowledged. Who
// reads up to a barrier waits until somebody gives that.
func TestWhoReadsToABarrierReadsAllBeforeIt(t *testing.T) {
	c := opened(t, servers.One(t).ClientURL())
	r, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.store.latest(t.Context(), permit.Tasks, r.everything())
	if err != nil {
		t.Fatal(err)
	}
	barrier := first.Sequence + 2 // which nobody has yet
	var read []uint64
	late := make(chan error, 1)
	err = c.store.eachTask(t.Context(), r.everything(), barrier, func(m *jetstream.RawStreamMsg) bool {
		if read = append(read, m.Sequence); len(read) == 1 {
			time.AfterFunc(3*look, func() {
				for range 2 {
					if _, err := r.barrier(context.WithoutCancel(t.Context()), gateSubject(r.name, noSubmitter)); err != nil {
						late <- err
						return
					}
				}
				late <- nil
			})
		}
		return true
	})
	if err != nil || len(read) != 3 || read[2] != barrier {
		t.Errorf("read %v, not to %d: %v", read, barrier, err)
	}
	if err := <-late; err != nil {
		t.Error(err)
	}
}

// Barriers are no tasks, and where the last one is gone it is said.
func TestBarriersAreNoTasks(t *testing.T) {
	t.Parallel() // it waits long for what is gone
	c := opened(t, servers.One(t).ClientURL())
	r, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		all := 0
		if err := r.readAll(t.Context(), func(m *records) { all += len(m.Records) + m.newer }); err != nil || all > 0 {
			t.Errorf("%d records, %v", all, err)
		}
	}
	if err := r.purge(t.Context(), c.store.done, 1000, "done"); err != nil {
		t.Fatal(err)
	}
	if err := r.Wait(t.Context()); err != nil {
		t.Errorf("wait: %v", err)
	}
	if err := r.Delete(t.Context()); err != nil {
		t.Errorf("delete: %v", err)
	}
	for _, stream := range []string{permit.Tasks, permit.Done} {
		if m, err := c.store.latest(t.Context(), stream, r.everything()); err != nil || m != nil {
			t.Errorf("left in %s: %v, %v", stream, m, err)
		}
	}
	err = c.store.eachTask(t.Context(), r.everything(), 1000, func(*jetstream.RawStreamMsg) bool { return true })
	if !errors.Is(err, errBehind) {
		t.Errorf("what is gone was read: %v", err)
	}
}

// Of an entry none is taken that is older than one that was seen.
func TestAnEntryIsNoOlderThanTheNewestSeen(t *testing.T) {
	address := servers.One(t).ClientURL()
	c, other := opened(t, address), opened(t, address)
	r, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.entry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.store.revisions.note("r", e.revision+1) // as another server has told it
	late := make(chan error, 1)
	time.AfterFunc(3*look, func() {
		_, err := (&place{c: other, name: "r"}).change(context.WithoutCancel(t.Context()), func(e *entry) error { return nil })
		late <- err
	})
	newer, err := r.entry(t.Context())
	if err != nil || newer.revision <= e.revision {
		t.Errorf("%+v, %v", newer, err)
	}
	if err := <-late; err != nil {
		t.Error(err)
	}
}
