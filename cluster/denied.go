package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster/internal/join"
)

// ErrKey is why a server lets nobody in with this key, or any more: it was
// revoked, or is that of another server.
var ErrKey = errors.New("the server does not take this key; it was revoked, or another server has made it")

// ErrOtherServer is that another server answers than the one that has made the key.
// It has not been told who asks.
var ErrOtherServer = join.ErrOtherServer

// ErrNoServer is that nobody answers where a server should be.
var ErrNoServer = errors.New("no server answers there")

// DeniedError says that the server does not let us do something, which others
// may.
type DeniedError struct {
	Subject string // that we may not publish to, which docs/protocol.md explains
}

// Error says what was denied.
func (e *DeniedError) Error() string {
	return "the server does not allow that with this key: publish to " + e.Subject
}

// denials finds the call that waits for an answer to what the server has denied:
// it says so later, on a way of its own, and else the call would time out.
type denials struct {
	closed  chan struct{} // closed with the connection, for good, or with the client
	ended   sync.Once
	mu      sync.Mutex
	renewed chan struct{} // closed when the connection is another one; then there is a new channel
	waiting map[*waiting]struct{}
}

type waiting struct {
	prefix string
	cancel context.CancelCauseFunc
}

// watch has the errors of the connection, and its end, told here as well.
func (d *denials) watch(nc *nats.Conn) {
	d.closed, d.renewed, d.waiting = make(chan struct{}), make(chan struct{}), map[*waiting]struct{}{}
	back := nc.ReconnectHandler()
	nc.SetReconnectHandler(func(nc *nats.Conn) {
		d.mu.Lock()
		close(d.renewed)
		d.renewed = make(chan struct{})
		d.mu.Unlock()
		if back != nil {
			back(nc)
		}
	})
	over := nc.ClosedHandler()
	nc.SetClosedHandler(func(nc *nats.Conn) {
		d.end()
		if over != nil {
			over(nc)
		}
	})
	before := nc.ErrorHandler()
	nc.SetErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
		if subject, ok := deniedSubject(err); ok {
			d.tell(subject)
		}
		if before != nil {
			before(nc, sub, err)
		}
	})
}

// end has all who wait for the connection end.
func (d *denials) end() { d.ended.Do(func() { close(d.closed) }) }

// renewal gives what is closed when what was asked until now is lost, as there is
// another connection.
func (d *denials) renewal() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.renewed
}

// deniedSubject takes the subject out of what the server says.
func deniedSubject(err error) (subject string, ok bool) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return "", false
	}
	_, after, ok := strings.Cut(err.Error(), `Publish to "`)
	end := strings.LastIndexByte(after, '"')
	if !ok || end < 0 {
		return "", false
	}
	return after[:end], true
}

func (d *denials) tell(subject string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for w := range d.waiting {
		if strings.HasPrefix(subject, w.prefix) {
			w.cancel(&DeniedError{subject})
		}
	}
}

// during calls f, which publishes to subjects with the prefix. If the server
// denies one of them f's context is done, and the error is a [*DeniedError].
func (d *denials) during(ctx context.Context, prefix string, f func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &waiting{prefix, cancel}
	d.mu.Lock()
	d.waiting[w] = struct{}{}
	d.mu.Unlock()
	err := f(ctx)
	d.mu.Lock()
	delete(d.waiting, w)
	d.mu.Unlock()
	if denied := (*DeniedError)(nil); err != nil && errors.As(context.Cause(ctx), &denied) {
		return denied
	}
	return err
}

// refused says what an error of connecting to a server means.
func refused(url string, err error) error {
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		err = ErrKey
	case errors.Is(err, nats.ErrNoServers):
		err = ErrNoServer
	case errors.Is(err, ErrOtherServer):
		err = ErrOtherServer
	}
	return fmt.Errorf("cluster: connect to %s: %w", url, err)
}

// broken is why the connection is closed for good, or the client; nil: neither is.
func (c *Client) broken() error {
	err := c.nc.LastError()
	if !c.nc.IsClosed() {
		select {
		case <-c.store.closed:
			err = nil
		default:
			return nil
		}
	}
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthRevoked):
		err = ErrKey
	case err == nil:
		err = nats.ErrConnectionClosed
	}
	return fmt.Errorf("cluster: the connection is closed: %w", err)
}
