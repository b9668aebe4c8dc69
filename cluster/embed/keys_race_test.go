package embed_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// TestKeysAreMadeWhileTheServerStartsAndEnds makes keys, several at once, while
// their server is started again and again, each time at another port: each is
// right, or there is none and the error says why.
func TestKeysAreMadeWhileTheServerStartsAndEnds(t *testing.T) {
	dir := t.TempDir()
	start := func() *cluster.Client {
		c, err := embed.Open(t.Context(), dir, embed.Listen("127.0.0.1:0"))
		if err != nil {
			t.Error(err)
			return nil
		}
		return c
	}
	c := start()
	made := make(chan cluster.Key, 1000)
	ctx, enough := context.WithCancel(t.Context())
	var makers sync.WaitGroup
	for i := range 3 {
		makers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				keys, err := embed.OpenKeys(dir)
				if err != nil {
					t.Error(err)
					return
				}
				name := fmt.Sprintf("w%d-%d", i, n)
				key, err := keys.Make(ctx, name)
				if err == nil {
					made <- key
				} else if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		})
	}
	var all []cluster.Key
	for range 8 {
		if c == nil {
			break
		}
		all = append(all, await(t, "a key", made)) // the others are made meanwhile
		c.Close()
		c = start()
	}
	enough()
	makers.Wait()
	close(made)
	if c == nil {
		return
	}
	for key := range made {
		all = append(all, key)
	}
	t.Cleanup(c.Close)
	keys, err := embed.OpenKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	last := owner(t, keys).Address
	names := map[string]bool{}
	for _, key := range all {
		names[key.Name] = true
		key.Address = last // it is that of a server that has ended, for most
		w, err := cluster.Open(t.Context(), "", cluster.WithKey(key), cluster.OnlyWork())
		if err != nil {
			t.Errorf("key %s: %v", key.Name, err)
			continue
		}
		w.Close()
	}
	listed, err := keys.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range listed {
		if !names[w.Name] {
			t.Errorf("%s is listed, and nobody has it", w.Name)
		}
	}
	t.Logf("%d keys were made", len(names))
}

// TestAKeyMadeWhileTheServerStartsSaysWhereItIsNow has a server listen elsewhere
// than when it ran before.
func TestAKeyMadeWhileTheServerStartsSaysWhereItIsNow(t *testing.T) {
	dir := t.TempDir()
	c, keys := listenIn(t, dir)
	before := owner(t, keys).Address
	c.Close()
	if owner(t, keys).Address != before {
		t.Error("while no server runs a key does not say where it was")
	}
	started := make(chan *cluster.Client, 1)
	go func() {
		c, err := embed.Open(t.Context(), dir, embed.Listen("127.0.0.1:0"))
		if err != nil {
			t.Error(err)
		}
		started <- c
	}()
	var last cluster.Key
	n := 0
	for began := time.Now(); len(started) == 0 && time.Since(began) < late; n++ {
		last = makeKey(t, keys, fmt.Sprint("w", n))
	}
	c = await(t, "the server to start", started)
	defer c.Close()
	now := owner(t, keys).Address
	last = makeKey(t, keys, "last")
	if last.Address != now || now == before {
		t.Errorf("the last key says %s; the server is at %s, and was at %s", last.Address, now, before)
	}
	if strings.HasSuffix(now, ":0") {
		t.Errorf("%s is nowhere", now)
	}
}
