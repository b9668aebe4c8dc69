// Package embed runs the server of a cluster within the program: nothing is to
// be installed or started, and no port is opened.
package embed

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
)

// Option says how to run the server.
type Option func(*config)

type config struct {
	fast   bool
	client []cluster.OpenOption
}

// answer is how long the server may take to start.
const answer = 10 * time.Second

// Fast has the server acknowledge what it has given to the system and not
// brought to the disk yet. A power cut then loses up to two minutes; the death
// of the program loses nothing.
func Fast() Option { return func(c *config) { c.fast = true } }

// Client gives options to the client.
func Client(opts ...cluster.OpenOption) Option {
	return func(c *config) { c.client = append(c.client, opts...) }
}

// Open starts a server that keeps its files in dir, and returns a client of it.
// Closing the client ends the server. One program at a time may use a directory.
func Open(ctx context.Context, dir string, opts ...Option) (*cluster.Client, error) {
	var c config
	for _, opt := range opts {
		opt(&c)
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "skein", DontListen: true, JetStream: true, StoreDir: dir,
		SyncAlways: !c.fast, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	s.Start()
	stop := func() {
		s.Shutdown()
		s.WaitForShutdown()
	}
	if !s.ReadyForConnections(answer) {
		stop()
		return nil, fmt.Errorf("embed: the server does not start; is %s used by another program, or full?", dir)
	}
	nc, err := nats.Connect("", nats.InProcessServer(s), nats.MaxReconnects(-1))
	if err != nil {
		stop()
		return nil, fmt.Errorf("embed: %w", err)
	}
	client, err := cluster.Connect(ctx, nc, append([]cluster.OpenOption{cluster.OnClose(stop), cluster.OnClose(nc.Close)}, c.client...)...)
	if err != nil {
		nc.Close()
		stop()
	}
	return client, err
}
