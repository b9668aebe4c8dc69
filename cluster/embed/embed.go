// Package embed runs the server of a cluster within the program: nothing is to
// be installed or started, and no port is opened.
package embed

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
)

// Option says how to run the server.
type Option func(*config)

type config struct {
	fast   bool
	client []cluster.OpenOption
}

// reconnect is how soon the client asks for a server that is started again.
const reconnect = 50 * time.Millisecond

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
//
// When its disk was full and has room again the server is started again, which
// it needs: what was submitted meanwhile waits for that.
func Open(ctx context.Context, dir string, opts ...Option) (*cluster.Client, error) {
	var c config
	for _, opt := range opts {
		opt(&c)
	}
	l := &local{dir: dir, fast: c.fast}
	if err := l.start(); err != nil {
		return nil, err
	}
	nc, err := nats.Connect("", nats.InProcessServer(l), nats.MaxReconnects(-1), nats.ReconnectWait(reconnect), nats.ReconnectJitter(0, 0))
	if err != nil {
		l.close()
		return nil, fmt.Errorf("embed: %w", err)
	}
	own := []cluster.OpenOption{cluster.OnClose(l.close), cluster.OnClose(nc.Close), cluster.OnSilence(l.revive)}
	client, err := cluster.Connect(ctx, nc, append(own, c.client...)...)
	if err != nil {
		nc.Close()
		l.close()
	}
	return client, err
}
