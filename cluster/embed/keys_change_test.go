//go:build !race

// nats-server 2.15.2 has a race of its own: (*stream).getDirectRequest reads the
// server's options without the lock under which a reload replaces them. It reads
// a pointer, the old one or the new one, but the race detector rightly objects.

package embed_test

import (
	"testing"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// TestKeysChangeWhileOthersWork makes and revokes keys during a run: those that
// stay lose nothing.
func TestKeysChangeWhileOthersWork(t *testing.T) {
	lease := cluster.Lease(time.Second)
	c, keys := listen(t, embed.Client(lease))
	for _, name := range []string{"w1", "w2"} {
		w := enter(t, makeKey(t, keys, name, "a"), lease)
		a.Handle(w, same)
		work(t, w, 8)
	}
	run := openRun(t, c, "r")
	const tasks = 3000
	submitted := make(chan error, 1)
	go func() {
		for i := range tasks {
			if _, err := a.Submit(t.Context(), run, i); err != nil {
				submitted <- err
				return
			}
		}
		submitted <- nil
	}()
	for i := 0; ; i++ {
		name := string(rune('a' + i%26))
		makeKey(t, keys, name, "b")
		if err := keys.Revoke(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-submitted:
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			t.Logf("%d keys made and revoked", i+1)
			return
		default:
		}
	}
}
