package cluster

import (
	"context"
	"errors"
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
	tidied   time.Time // when it last removed what is not kept any more
}

// OpenOption says how to open a [Client].
type OpenOption func(*openConfig)

type openConfig struct {
	replicas int
	maxBytes int64
	free     int64 // on the server's disk; negative: not known
	lease    time.Duration
	close    []func()
	silence  func()
	key      *Key
	onlyWork bool
	existing bool
}

// Replicas is how many servers keep each message. Unless it is given it stays as
// it is; where nothing is there yet it is 3 if there are so many servers, else 1.
func Replicas(n int) OpenOption { return func(o *openConfig) { o.replicas = n } }

// MaxBytes is how much the tasks that wait may take of the disk, and half of
// what their outcomes may. Unless it is given it stays as it is; where nothing is
// there yet it is 1 GiB, or less where the server has less room, but not less than
// 16 MiB: then the error is a [*NoRoomError]. When it is full submitting blocks.
func MaxBytes(n int64) OpenOption { return func(o *openConfig) { o.maxBytes = n } }

// Lease is how long a worker may be silent until its tasks are given to others;
// 10 s unless it is given. Workers heed that of whoever opened the run. A
// shorter one finds the tasks of a worker that died sooner, and runs those of a
// worker twice that only stood still.
func Lease(d time.Duration) OpenOption { return func(o *openConfig) { o.lease = d } }

// Disk tells how many bytes are free on the server's disk, of which the streams
// are then made to take less, where nothing is there yet. Package embed gives it.
func Disk(free int64) OpenOption { return func(o *openConfig) { o.free = free } }

// OnClose has f called when the client is closed, after those that were given
// later.
func OnClose(f func()) OpenOption { return func(o *openConfig) { o.close = append(o.close, f) } }

// OnSilence has f called when the server acknowledges nothing though the
// connection is up, as one does of which the disk was full: until it is started
// again. It is called again and again, from several goroutines at the same time,
// which wait for it. Package embed starts its server again then.
func OnSilence(f func()) OpenOption { return func(o *openConfig) { o.silence = f } }

// OnlyWork is for a program that runs tasks, and may do nothing else on the
// server: it makes no stream there, and opens no run. Its types' tasks come once
// somebody has submitted some.
func OnlyWork() OpenOption { return func(o *openConfig) { o.onlyWork = true } }

// Existing is for a program that looks at what is there: it makes nothing and
// changes no setting when it opens, and the error is [ErrNothing] if nobody has
// opened a client for this server before.
func Existing() OpenOption { return func(o *openConfig) { o.existing = true } }

// ErrNothing is that the server has nothing of a cluster yet.
var ErrNothing = errors.New("cluster: nobody has submitted anything to this server yet")

// Open connects to a NATS server or cluster with JetStream; several addresses
// are separated by commas, and with [WithKey] url may be empty. A connection that
// is lost is made again, to any of them, for ever. The error is [ErrKey] if the
// server does not take the key.
func Open(ctx context.Context, url string, opts ...OpenOption) (*Client, error) {
	o := options(opts)
	nc, err := o.dial(url)
	if err != nil {
		return nil, err
	}
	c, err := Connect(ctx, nc, append([]OpenOption{OnClose(nc.Close)}, opts...)...)
	if err != nil {
		nc.Close()
	}
	return c, err
}

// Dial connects as [Open] does, and asks for nothing: it is for who looks at a
// server by himself, whatever it is like. Whoever calls it closes the connection.
func Dial(url string, opts ...OpenOption) (*nats.Conn, error) { return options(opts).dial(url) }

func (o *openConfig) dial(url string) (*nats.Conn, error) {
	how := connectionOptions(o)
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
	return nc, nil
}

// connectionOptions has a connection that is cut off noticed within a lease: by
// itself the client asks every two minutes whether the other side is there, and
// waits two seconds until it connects again.
func connectionOptions(o *openConfig) []nats.Option {
	return []nats.Option{
		nats.MaxReconnects(-1), nats.ReconnectWait(atLatest), nats.ReconnectJitter(atLatest/2, atLatest/2),
		nats.PingInterval(o.lease / 4), nats.MaxPingsOutstanding(2),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {
			// Whoever is waiting is told; the client's own handler would print it.
		}),
	}
}

func options(opts []OpenOption) *openConfig {
	o := &openConfig{lease: 10 * time.Second, free: -1, silence: func() {}}
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
	name := "w-" + nats.NewInbox()[7:]
	if o.key != nil {
		name = o.key.Name + "." + name // what it may call itself
	}
	return &Client{
		store: s, nc: nc, name: name, close: o.close, onlyWork: o.onlyWork,
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
		c.store.end()
		c.store.acks.end()
		for i := len(c.close) - 1; i >= 0; i-- {
			c.close[i]()
		}
	})
}
