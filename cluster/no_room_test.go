package cluster_test

import (
	"errors"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
	"example.com/skein/cluster/internal/servers"
)

// A server that has little room keeps what fits there, and all of it: what workers
// say of themselves, too.
func TestAServerWithLittleRoom(t *testing.T) {
	for _, row := range []struct {
		room  int64
		opts  []cluster.OpenOption
		fails bool
	}{
		{room: 16 << 20, opts: []cluster.OpenOption{cluster.MaxBytes(4 << 20)}},
		{room: 64 << 20},
		{room: 32 << 20, fails: true},
	} {
		s := servers.One(t, func(o *server.Options) { o.JetStreamMaxStore = row.room })
		c, err := cluster.Open(t.Context(), s.ClientURL(), row.opts...)
		little := (*cluster.NoRoomError)(nil)
		if row.fails {
			if !errors.As(err, &little) {
				t.Errorf("with %d MiB: %v", row.room>>20, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("with %d MiB: %v", row.room>>20, err)
			continue
		}
		t.Cleanup(c.Close)
		typ := cluster.Define[int, int]("echo")
		typ.Handle(c, identity)
		clustertest.Work(t, c, 1)
		run := openRun(t, c, "r")
		if _, err := typ.Submit(t.Context(), run, 1); err != nil {
			t.Error(err)
		}
		if err := run.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
