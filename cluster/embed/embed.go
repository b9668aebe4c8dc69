// Package embed runs the server of a cluster within the program: nothing is to
// be installed or started, and no port is opened, unless [Listen] says so.
package embed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"example.com/skein/cluster"
	"example.com/skein/cluster/internal/permit"
)

// Option says how to run the server.
type Option func(*config)

type config struct {
	dir    string
	fast   bool
	listen string
	told   string
	client []cluster.OpenOption
	halt   func(error)

	own    nkeys.KeyPair // of the connection within the program, made anew each time it is opened
	public string
	keys   *Keys // nil: it does not listen
}

// syncInterval is how often the server brings to the disk what it has given to the
// system.
const syncInterval = 2 * time.Minute

// answer is how long the server may take to start, or to answer.
const answer = 10 * time.Second

// reconnect is how soon the client asks for a server that is started again.
const reconnect = 50 * time.Millisecond

// Fast has the server acknowledge what it has given to the system and not
// brought to the disk yet. A power cut then loses up to two minutes; the death
// of the program loses nothing.
func Fast() Option { return func(c *config) { c.fast = true } }

// Listen has the server listen at host:port, so that others may join: who has
// one of its [Keys]. Port 0 is a free one; without a host it listens at all
// addresses of the machine.
//
// All that listens does so with TLS, and lets nobody in without a key; there is
// no way to do without, not even on loopback.
func Listen(address string) Option { return func(c *config) { c.listen = address } }

// Advertise is the address, host or host:port, that keys tell of the server,
// where that is another than the one it listens at. Without it that is the host
// of Listen, or, where that is all addresses, the name of the machine.
func Advertise(address string) Option { return func(c *config) { c.told = address } }

// Client gives options to the client.
func Client(opts ...cluster.OpenOption) Option {
	return func(c *config) { c.client = append(c.client, opts...) }
}

// OnHalt has f called when the server can write nothing to its disk any more, with
// why, and with nil when it has been started again and goes on. errors.Is says
// whether that is [syscall.ENOSPC]. It must not close the client, and is called by
// one goroutine at a time.
func OnHalt(f func(why error)) Option { return func(c *config) { c.halt = f } }

// Open starts a server that keeps its files in dir, and returns a client of it
// that may do all. Closing the client ends the server. One server at a time may
// use a directory.
//
// When its disk was full and has room again the server is started again, which
// it needs, whoever it was that submitted: what was submitted meanwhile waits for
// that. [OnHalt] tells.
func Open(ctx context.Context, dir string, opts ...Option) (*cluster.Client, error) {
	c := config{dir: dir, halt: func(error) {}}
	for _, opt := range opts {
		opt(&c)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	ready, leave, err := occupy(dir)
	if errors.Is(err, errOccupied) {
		return nil, fmt.Errorf("embed: %s is used by another server, which runs", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	client, err := c.open(ctx, leave)
	if err != nil {
		leave()
		return nil, err
	}
	if err := ready(); err != nil {
		client.Close()
		return nil, fmt.Errorf("embed: %w", err)
	}
	return client, nil
}

func (c *config) open(ctx context.Context, leave func()) (*cluster.Client, error) {
	l, nc, err := c.begin()
	if err != nil {
		return nil, err
	}
	own := []cluster.OpenOption{cluster.Disk(freeOn(c.dir)), cluster.OnClose(leave), cluster.OnClose(l.close), cluster.OnClose(nc.Close), cluster.OnSilence(l.revive)}
	client, err := cluster.Connect(ctx, nc, append(own, c.client...)...)
	if little := (*cluster.NoRoomError)(nil); errors.As(err, &little) {
		err = fmt.Errorf("embed: the disk of %s: %w", c.dir, little)
	}
	if err == nil {
		err = c.follow(l, nc)
	}
	if err != nil {
		nc.Close()
		l.close()
		return nil, err
	}
	return client, nil
}

// begin starts a server, and connects to it.
func (c *config) begin() (*local, *nats.Conn, error) {
	var err error
	if c.own, err = nkeys.CreateUser(); err == nil {
		c.public, err = c.own.PublicKey()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("embed: %w", err)
	}
	l := newLocal(c)
	l.reviving.Lock()
	err = l.start()
	l.reviving.Unlock()
	if err != nil {
		return nil, nil, err
	}
	nc, err := nats.Connect("", nats.InProcessServer(l), nats.Nkey(c.public, c.own.Sign),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnect), nats.ReconnectJitter(0, 0))
	if err != nil {
		l.close()
		return nil, nil, fmt.Errorf("embed: %w", err)
	}
	return l, nc, nil
}

// start starts a server, which says when it can write nothing any more.
func (c *config) start(halted func(*server.Server, error)) (*server.Server, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	o, err := c.options()
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	s.SetLogger(&ear{server: s, halted: halted}, false, false)
	s.Start()
	err = fmt.Errorf("embed: the server does not start; is %s full?", c.dir)
	if s.ReadyForConnections(answer) {
		err = c.listens(s)
	}
	if err != nil {
		end(s)
		return nil, err
	}
	return s, nil
}

// follow has the server take up what changes of its keys, and say what it
// promises.
func (c *config) follow(l *local, nc *nats.Conn) error {
	_, err := nc.Subscribe(permit.About, func(m *nats.Msg) {
		b, err := json.Marshal(permit.AboutServer{Server: nc.ConnectedServerId(), SyncAlways: !c.fast, SyncInterval: syncInterval, Halted: l.why()})
		if err == nil {
			m.Respond(b)
		}
	})
	if err == nil && c.keys != nil {
		_, err = nc.Subscribe(permit.Changed, func(m *nats.Msg) {
			said := ""
			if s := l.now(); s != nil { // else it reads them when it starts
				if err := c.reload(s); err != nil {
					said = err.Error()
				}
			}
			m.Respond([]byte(said))
		})
	}
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	return nil
}

// reload reads the keys again. It does so twice: an account that is new gets
// what it imports only with the second (server.configureAccounts leaves the
// subscriptions of new accounts out when it reloads).
func (c *config) reload(s *server.Server) error {
	for range 2 {
		o, err := c.options()
		if err == nil {
			err = s.ReloadOptions(o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
