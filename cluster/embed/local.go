package embed

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// local is a server within the program, which may be started again.
type local struct {
	dir  string
	make func(halted func(*server.Server, error)) (*server.Server, error) // starts one
	tell func(error)                                                      // why it takes nothing, and nil when it goes on

	reviving sync.Mutex // held while it is started, the first time and again
	again    time.Time  // when that was last; under reviving
	need     int        // how much room there had to be then; under reviving
	silent   int        // how often it was of late, as it said nothing; under reviving

	mu     sync.Mutex
	server *server.Server // nil: it is just started again, or closed
	halted error          // why it takes nothing; nil: it does
	closed bool
	over   chan struct{} // closed with it
}

func newLocal(c *config) *local {
	return &local{dir: c.dir, make: c.start, tell: c.halt, over: make(chan struct{})}
}

// start starts it. Who calls it holds reviving, so that what the server says
// meanwhile finds it here.
func (l *local) start() error {
	s, err := l.make(l.mend)
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
	if !l.closed {
		l.closed = true
		close(l.over)
	}
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
