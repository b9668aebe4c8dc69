package embed

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// local is a server within the program, which may be started again.
type local struct {
	dir  string
	make func() (*server.Server, error) // starts one

	reviving sync.Mutex // held while it is started again
	again    time.Time  // when that was last; under reviving

	mu     sync.Mutex
	server *server.Server // nil: it is just started again, or closed
	closed bool
}

func (l *local) start() error {
	s, err := l.make()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		end(s)
		return errors.New("embed: the server was closed")
	}
	l.server = s
	return nil
}

// now is the server that there is; nil: there is none at the moment.
func (l *local) now() *server.Server {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.server
}

func end(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// take takes the server away from those who connect.
func (l *local) take() *server.Server {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.server
	l.server = nil
	return s
}

// close ends the server, for good.
func (l *local) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.reviving.Lock() // who starts it again sees that, and does not
	defer l.reviving.Unlock()
	if s := l.take(); s != nil {
		end(s)
	}
}

// InProcessConn connects to the server that there is now.
func (l *local) InProcessConn() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil, errors.New("embed: there is no server now")
	}
	return l.server.InProcessConn()
}

// often is how soon the server may be started again once more.
const often = time.Second

// revive is for when the server acknowledges nothing. A stream that could not be
// written takes no message any more, whatever room there is, until the server is
// started again, and says nothing. So it is, as soon as there is room: if the
// disk was not why, it costs a few hundredths of a second.
func (l *local) revive() {
	if !l.reviving.TryLock() {
		return // somebody is at it
	}
	defer l.reviving.Unlock()
	if time.Since(l.again) < often || !l.room() {
		return
	}
	s := l.take()
	if s == nil {
		return // closed
	}
	end(s)
	for l.start() != nil {
		l.mu.Lock()
		closed := l.closed
		l.mu.Unlock()
		if closed {
			return
		}
		<-time.After(reconnect)
	}
	l.again = time.Now()
}

// enough is how many bytes there must be for the server to go on.
const enough = 1 << 20

// room reports whether there is some, in the only way that is the same on each
// system.
func (l *local) room() bool {
	f, err := os.CreateTemp(l.dir, "room-")
	if err != nil {
		return false
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, enough))
	return errors.Join(err, f.Sync(), f.Close()) == nil
}
