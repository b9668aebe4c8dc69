package cluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster/internal/join"
)

// Client is a connection to a server, over which a program submits tasks, runs
// them, or waits for them. Its methods may be called by several goroutines at
// the same time.
type Client struct {
	store *store
	nc    *nats.Conn
	name  string // of its worker
	close []func()
	over  sync.Once

	onlyWork bool

	mu       sync.Mutex
	handlers map[string]*handler
}

// OpenOption says how to open a [Client].
type OpenOption func(*openConfig)

type openConfig struct {
	replicas int
	maxBytes int64
	lease    time.Duration
	close    []func()
	key      *Key
	onlyWork bool
}

// Replicas is how many servers keep each message; 1 unless it is given.
func Replicas(n int) OpenOption { return func(o *openConfig) { o.replicas = n } }

// MaxBytes is how much the tasks that wait may take of the disk, and half of
// what their outcomes may; 1 GiB unless it is given. When it is full submitting
// blocks.
func MaxBytes(n int64) OpenOption { return func(o *openConfig) { o.maxBytes = n } }

// Lease is how long a worker may be silent until its tasks are given to others;
// 10 s unless it is given. Workers heed that of whoever opened the run. A
// shorter one finds the tasks of a worker that died sooner, and runs those of a
// worker twice that only stood still.
func Lease(d time.Duration) OpenOption { return func(o *openConfig) { o.lease = d } }

// OnClose has f called when the client is closed, after those that were given
// later.
func OnClose(f func()) OpenOption { return func(o *openConfig) { o.close = append(o.close, f) } }

// again is how soon a connection is tried again that was lost, and how much that
// varies, so that many do not come at once.
const again = 300 * time.Millisecond

// OnlyWork is for a program that runs tasks, and may do nothing else on the
// server: it makes no stream there, and opens no run. Its types' tasks come once
// somebody has submitted some.
func OnlyWork() OpenOption { return func(o *openConfig) { o.onlyWork = true } }

// Open connects to a NATS server or cluster with JetStream; with [WithKey] url
// may be empty. The error is [ErrKey] if the server does not take the key.
func Open(ctx context.Context, url string, opts ...OpenOption) (*Client, error) {
	o := options(opts)
	how := []nats.Option{
		nats.MaxReconnects(-1), nats.ReconnectWait(again), nats.ReconnectJitter(again, again),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {
			// Whoever is waiting is told; the client's own handler would print it.
		}),
	}
	if o.key != nil {
		more, err := join.Options(o.key.Seed, o.key.Server)
		if err != nil {
			return nil, fmt.Errorf("cluster: the key is damaged: %w", err)
		}
		how = append(how, more...)
		if url == "" {
			url = "tls://" + o.key.Address
		}
	}
	nc, err := nats.Connect(url, how...)
	if err != nil {
		return nil, refused(url, err)
	}
	c, err := Connect(ctx, nc, append([]OpenOption{OnClose(nc.Close)}, opts...)...)
	if err != nil {
		nc.Close()
	}
	return c, err
}

func options(opts []OpenOption) *openConfig {
	o := &openConfig{replicas: 1, maxBytes: 1 << 30, lease: 10 * time.Second}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// Connect makes a client of a connection that is there, and makes the streams
// if they are not. Closing the client does not close the connection. The
// connection's error handler is called as before.
func Connect(ctx context.Context, nc *nats.Conn, opts ...OpenOption) (*Client, error) {
	o := options(opts)
	s, err := openStore(ctx, nc, o)
	if err != nil {
		return nil, err
	}
	return &Client{
		store: s, nc: nc, name: "w-" + nats.NewInbox()[7:], close: o.close, onlyWork: o.onlyWork,
		handlers: map[string]*handler{},
	}, nil
}

// Connected reports whether there is a connection to a server at the moment.
// One that is lost comes back by itself.
func (c *Client) Connected() bool { return c.nc.IsConnected() }

// Close ends the connection. Calls that go on end with an error; tasks that run
// here are given to others when their lease ends. To close it again does nothing.
func (c *Client) Close() {
	c.over.Do(func() {
		for i := len(c.close) - 1; i >= 0; i-- {
			c.close[i]()
		}
	})
}
