package embed_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

func TestNobodyJoinsWhoHasNoKey(t *testing.T) {
	_, keys := listen(t)
	key := makeKey(t, keys, "w")
	for what, how := range map[string][]nats.Option{
		"nats://": {},
		"tls://":  {nats.Secure(&tls.Config{InsecureSkipVerify: true})},
	} {
		nc, err := nats.Connect(what+key.Address, how...)
		if err == nil {
			nc.Close()
			t.Errorf("%s: connected", what)
		}
		if what == "tls://" && !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Bytes that are not encrypted are answered with an end, not with a service.
	conn, err := net.Dial("tcp", key.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(late))
	if _, err := conn.Write([]byte("CONNECT {\"verbose\":true}\r\nPING\r\n")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1<<16)
	var said []byte
	for n := 0; err == nil; n, err = conn.Read(buf) {
		said = append(said, buf[:n]...)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(string(said), "PONG") || strings.Contains(string(said), "+OK") {
		t.Errorf("the server said %q (%v)", said, err)
	}

	_, others := listen(t)
	for what, k := range map[string]cluster.Key{
		"another server's key": makeKey(t, others, "w"),
		"its owner's":          owner(t, others),
	} {
		own := k.Server
		k.Address = key.Address
		if _, err := cluster.Open(t.Context(), "", cluster.WithKey(k)); err == nil || !strings.Contains(err.Error(), "not the server that the key is for") {
			t.Errorf("%s at this server: %v", what, err)
		}
		k.Server = key.Server
		if _, err := cluster.Open(t.Context(), "", cluster.WithKey(k)); !errors.Is(err, cluster.ErrKey) {
			t.Errorf("%s: %v", what, err)
		}
		k.Server = own
	}
}

func TestThereIsNoListenerUnlessItIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	c, err := embed.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	keys, err := embed.OpenKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := keys.Owner(); err == nil || !strings.Contains(err.Error(), "never listened") {
		t.Errorf("%v, %v", k, err)
	}
	if _, err := keys.Make(t.Context(), "w"); err == nil {
		t.Error("a key says where nobody listens")
	}
	if _, err := embed.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "used by another server") {
		t.Errorf("a second server in the directory: %v", err)
	}
}

func TestAServerThatCannotListenSaysSoAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, at := range []string{l.Addr().String(), "nowhere", "192.0.2.1:0"} {
		if _, err := embed.Open(t.Context(), t.TempDir(), embed.Listen(at)); err == nil || !strings.Contains(err.Error(), "listen") {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func TestKeysAndRunsOutliveTheServer(t *testing.T) {
	dir := t.TempDir()
	c, err := embed.Open(t.Context(), dir) // before anybody may join
	if err != nil {
		t.Fatal(err)
	}
	run := openRun(t, c, "r")
	if _, err := a.Submit(t.Context(), run, 7); err != nil {
		t.Fatal(err)
	}
	c.Close()
	var key, boss cluster.Key
	for i := range 2 {
		c, err := embed.Open(t.Context(), dir, embed.Listen("127.0.0.1:0"))
		if err != nil {
			t.Fatal(err)
		}
		keys, err := embed.OpenKeys(dir)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			key, boss = makeKey(t, keys, "w"), owner(t, keys)
			c.Close()
			continue
		}
		defer c.Close()
		now := owner(t, keys)
		if now.Seed != boss.Seed || now.Server != boss.Server {
			t.Error("the owner has another key after a restart")
		}
		key.Address = now.Address // the port was a free one
	}
	w := enter(t, key)
	a.Handle(w, same)
	work(t, w, 1)
	boss.Address = key.Address
	if err := openRun(t, enter(t, boss), "r").Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheUserCanReadTheSecrets(t *testing.T) {
	dir := t.TempDir()
	_, keys := listenIn(t, dir)
	makeKey(t, keys, "w")
	found := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || strings.Contains(name, "jetstream") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if name != dir && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		found++
		return nil
	})
	if err != nil || found < 8 {
		t.Errorf("%d files, %v", found, err)
	}
	k, err := cluster.ReadKey(filepath.Join(dir, "owner.key"))
	if err != nil || k.Text() != owner(t, keys).Text() {
		t.Errorf("owner.key has %v, %v", k, err)
	}
}

func TestKeysAreListedAndTheirNamesAreUnique(t *testing.T) {
	_, keys := listen(t)
	makeKey(t, keys, "one", "b", "a", "b")
	makeKey(t, keys, "two")
	all, err := keys.List()
	if err != nil || len(all) != 2 || all[0].Name != "one" || strings.Join(all[0].Types, " ") != "a b" || all[1].Types != nil {
		t.Fatalf("%+v, %v", all, err)
	}
	for name, why := range map[string]string{"one": "there is a key named one", "": "name", "a b": "name", "x.y": "name"} {
		if _, err := keys.Make(t.Context(), name); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := keys.Make(t.Context(), "three", "a.b"); err == nil || !strings.Contains(err.Error(), "type") {
		t.Errorf("%v", err)
	}
	if err := keys.Revoke(t.Context(), "three"); err == nil || !strings.Contains(err.Error(), "there are one, two") {
		t.Errorf("%v", err)
	}
	if err := keys.Revoke(t.Context(), "one"); err != nil {
		t.Error(err)
	}
	makeKey(t, keys, "one") // the name is free again
}

func TestARevokedKeyEndsItsWorkers(t *testing.T) {
	lease := cluster.Lease(6 * time.Second) // it must not be cut off before it knows why
	c, keys := listen(t, embed.Client(lease))
	key := makeKey(t, keys, "w", "a")
	w := enter(t, key, lease)
	begun, ended := make(chan struct{}, 1), make(chan error, 1)
	var first atomic.Bool
	a.Handle(w, func(ctx context.Context, i int) (int, error) {
		if first.Swap(true) {
			t.Error("a worker whose key was revoked gets a task")
		}
		begun <- struct{}{}
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return 0, context.Cause(ctx)
	})
	stopped, _ := work(t, w, 1)
	run := openRun(t, c, "r")
	if _, err := a.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	await(t, "the task to begin", begun)
	if err := keys.Revoke(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Open(t.Context(), "", cluster.WithKey(key)); !errors.Is(err, cluster.ErrKey) {
		t.Errorf("it still opens the door: %v", err)
	}
	if err := await(t, "Work to end", stopped); !errors.Is(err, cluster.ErrKey) {
		t.Errorf("Work ended with %v", err)
	}
	if err := await(t, "the task to end", ended); !errors.Is(err, cluster.ErrKey) {
		t.Errorf("the task's context ended with %v", err)
	}
	other := enter(t, makeKey(t, keys, "other", "a"), lease)
	a.Handle(other, same)
	work(t, other, 1)
	if err := run.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestAWorkerGoesOnAsSoonAsTheServerIsBack has a worker that waits for tasks when
// the server ends. What it had asked for is lost.
func TestAWorkerGoesOnAsSoonAsTheServerIsBack(t *testing.T) {
	dir := t.TempDir()
	c, err := embed.Open(t.Context(), dir, embed.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := embed.OpenKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := enter(t, makeKey(t, keys, "w", "a"))
	a.Handle(w, same)
	work(t, w, 2)
	runs := func(c *cluster.Client, name string) {
		t.Helper()
		run := openRun(t, c, name)
		if _, err := a.Submit(t.Context(), run, 1); err != nil {
			t.Fatal(err)
		}
		if err := run.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	runs(c, "before")
	address := owner(t, keys).Address
	c.Close()
	c, err = embed.Open(t.Context(), dir, embed.Listen(address))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	back := time.Now()
	runs(c, "after")
	if took := time.Since(back); took > 4*time.Second { // a question is kept for five
		t.Errorf("it took %v", took)
	} else {
		t.Log(took)
	}
}
