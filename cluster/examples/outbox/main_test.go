package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
	"example.com/skein/cluster/embed"
)

func TestOutbox(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second finds all done
		if err := run(t.Context(), dir, 300); err != nil {
			t.Fatal(err)
		}
	}
}

const childVariable = "OUTBOX_TEST_DIR"

// TestMain is a relay too, a program of its own to be killed.
func TestMain(m *testing.M) {
	dir := os.Getenv(childVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	key, err := cluster.ReadKey(filepath.Join(dir, "owner.key"))
	if err == nil {
		var c *cluster.Client
		if c, err = cluster.Open(context.Background(), "", cluster.WithKey(key)); err == nil {
			fmt.Println("ready")
			err = relay(context.Background(), c, box{dir})
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// The relay is killed again and again, wherever it is.
func TestEachOrderHasOneTaskThoughTheRelayIsKilled(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	c, err := embed.Open(t.Context(), dir, embed.Listen("127.0.0.1:0"), embed.Fast())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	mail.Handle(c, send)
	clustertest.Work(t, c, 4)
	b := box{dir}
	const n = 5_000
	var text bytes.Buffer
	for i := range n { // as add does, but for the disk: so the relay is never idle
		fmt.Fprintf(&text, "{\"n\":%d,\"mail\":\"a\"}\n", i)
	}
	if err := os.WriteFile(b.orders(), text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	kills := 0
	for done := false; !done; {
		kills++
		done = killed(t, dir, time.Duration(random.IntN(150))*time.Millisecond, func() bool {
			at, err := b.place()
			return err == nil && at.From >= n
		})
	}
	times := make([]int, n)
	counts, err := ended(t.Context(), c, func(i int) { times[i]++ })
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range times {
		if k != 1 {
			t.Errorf("order %d has %d tasks", i, k)
		}
	}
	t.Logf("%d kills, %s", kills, counts)
}

// killed runs a relay for a while, kills it, and says whether all is done.
func killed(t *testing.T, dir string, after time.Duration, done func() bool) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, err = bufio.NewReader(out).ReadString('\n') // it begins
	if err == nil {
		<-time.After(after) // the moment is the test: any may come
	}
	cmd.Process.Kill()
	cmd.Wait() // it was killed
	if err != nil {
		t.Fatal(err)
	}
	return done()
}
