package embed_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
	"example.com/skein/cluster/internal/join"
)

// late is when a test gives up on what must come.
const late = 30 * time.Second

// listen starts a server that others can join.
func listen(t testing.TB, opts ...embed.Option) (*cluster.Client, *embed.Keys) {
	t.Helper()
	return listenIn(t, t.TempDir(), opts...)
}

func listenIn(t testing.TB, dir string, opts ...embed.Option) (*cluster.Client, *embed.Keys) {
	t.Helper()
	c, err := embed.Open(t.Context(), dir, append([]embed.Option{embed.Listen("127.0.0.1:0")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	keys, err := embed.OpenKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c, keys
}

func makeKey(t testing.TB, keys *embed.Keys, name string, types ...string) cluster.Key {
	t.Helper()
	key, err := keys.Make(t.Context(), name, types...)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func owner(t testing.TB, keys *embed.Keys) cluster.Key {
	t.Helper()
	key, err := keys.Owner()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// enter opens a client with a key.
func enter(t testing.TB, key cluster.Key, opts ...cluster.OpenOption) *cluster.Client {
	t.Helper()
	c, err := cluster.Open(t.Context(), "", append([]cluster.OpenOption{cluster.WithKey(key)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// raw is a connection with a key and without any of our manners. What the server
// denies is in the channel.
func raw(t testing.TB, key cluster.Key) (*nats.Conn, <-chan error) {
	t.Helper()
	how, err := join.Options(key.Seed, key.Server)
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan error, 100)
	nc, err := nats.Connect("tls://"+key.Address, append(how,
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { said <- err }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc, said
}

// work runs tasks until the test ends; the channel has how that ended.
func work(t testing.TB, c *cluster.Client, n int) (ended <-chan error, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	all := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		all <- c.Work(ctx, n)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return all, stop
}

func openRun(t testing.TB, c *cluster.Client, name string) *cluster.Run {
	t.Helper()
	r, err := c.Run(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// await gives what comes from a channel, or ends the test.
func await[T any](t testing.TB, what string, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(late):
		t.Fatalf("waited %v for %s", late, what)
	}
	return v
}
