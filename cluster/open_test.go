package cluster_test

import (
	"testing"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
	"example.com/skein/cluster/internal/servers"
)

// Many clients open, and each may come again: what is there as it should be is left
// alone.
func TestWhoOpensAgainChangesNothing(t *testing.T) {
	address := servers.One(t).ClientURL()
	typ := cluster.Define[int, int]("echo")
	use := func() {
		c := openAt(t, address)
		if _, err := typ.Submit(t.Context(), openRun(t, c, "r"), 1); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	use()
	nc := stranger(t, address).Conn()
	sub, err := nc.SubscribeSync("$JS.EVENT.ADVISORY.>")
	if err != nil {
		t.Fatal(err)
	}
	told := func() (all []string) {
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		for n, _, _ := sub.Pending(); n > 0; n-- {
			m, err := sub.NextMsg(nats.DefaultTimeout)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, m.Subject)
		}
		return all
	}
	told()
	use()
	for _, s := range told() {
		if s != "$JS.EVENT.ADVISORY.API" { // which tells of questions too
			t.Errorf("the server tells %s", s)
		}
	}
	openAt(t, address, cluster.MaxBytes(16<<20)).Close()
	changed := false
	for _, s := range told() {
		changed = changed || s == "$JS.EVENT.ADVISORY.STREAM.UPDATED.SKEIN_TASKS"
	}
	if !changed {
		t.Error("a limit was not changed")
	}
}
