package embed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

// prepare makes or reads what listening needs, and forgets where the server
// listened before.
func (c *config) prepare() error {
	if c.listen == "" {
		err := os.Remove((&Keys{dir: c.dir}).file(addressFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("embed: %w", err)
		}
		return nil
	}
	// The server itself only falls silent if it cannot listen.
	l, err := net.Listen("tcp", c.listen)
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	c.listen = l.Addr().String()
	l.Close()
	c.keys, err = OpenKeys(c.dir)
	return err
}

// listens notes where the server listens, and writes the owner's key.
func (c *config) listens(s *server.Server) error {
	if c.keys == nil {
		return nil
	}
	a, err := c.addresses(s.Addr().String())
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	b, err := json.Marshal(a)
	if err == nil {
		err = writeSecret(c.keys.file(addressFile), b)
	}
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	owner, err := c.keys.owner(a)
	if err != nil {
		return err
	}
	if err := writeSecret(filepath.Join(c.dir, ownerFile), []byte(owner.Text()+"\n")); err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	return nil
}

// addresses are those of a server that listens there.
func (c *config) addresses(at string) (a address, err error) {
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return a, err
	}
	a = address{Local: at, Told: at}
	if ip := net.ParseIP(host); ip.IsUnspecified() {
		a.Local = net.JoinHostPort("127.0.0.1", port)
		name, err := os.Hostname()
		if err != nil {
			return a, err
		}
		a.Told = net.JoinHostPort(name, port)
	}
	if c.told == "" {
		return a, nil
	}
	if _, _, err := net.SplitHostPort(c.told); err == nil {
		a.Told = c.told
	} else {
		a.Told = net.JoinHostPort(c.told, port)
	}
	return a, nil
}

// network says in the options where the server listens.
func (c *config) network(o *server.Options) error {
	if c.keys == nil {
		o.DontListen = true
		return nil
	}
	host, port, err := net.SplitHostPort(c.listen)
	if err == nil {
		o.Port, err = strconv.Atoi(port)
	}
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	o.Host = host
	o.TLS, o.TLSConfig, o.TLSTimeout = true, c.keys.authority.tls(), answer.Seconds()
	o.MaxConn = mostConnections
	return nil
}

// mostConnections is how many may be there at a time.
const mostConnections = 20_000
