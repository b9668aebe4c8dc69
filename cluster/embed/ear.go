package embed

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
)

// ear hears what a server writes into its log. That is the only place where one
// says that it could not write to its disk: those who publish hear nothing at all.
// To listen costs nothing while nothing is wrong.
type ear struct {
	server *server.Server
	halted func(*server.Server, error) // called once, on a goroutine of its own
	once   sync.Once
}

// unwritten are words of errors after which a stream takes no message any more.
var unwritten = []string{"write error", "failed to store"}

// of is how what a server says of what it keeps begins. What it says of a connection
// has the name in it that this has given itself, whatever words that has.
var of = []string{"Filestore [", "JetStream ", "RAFT ["}

// Errorf is an error of the server's. It is called with the server's locks held.
func (e *ear) Errorf(format string, v ...any) {
	if why := haltedBy(format, v); why != nil {
		e.once.Do(func() { go e.halted(e.server, why) })
	}
}

// haltedBy gives the error that the server could not write with; nil: this says
// something else.
func haltedBy(format string, v []any) error {
	text := fmt.Sprintf(format, v...)
	if !slices.ContainsFunc(of, func(begin string) bool { return strings.HasPrefix(text, begin) }) {
		return nil
	}
	for _, words := range unwritten {
		if !strings.Contains(text, words) {
			continue
		}
		for _, one := range v {
			if err, ok := one.(error); ok {
				return err
			}
		}
		return errors.New(text)
	}
	return nil
}

// Noticef and the others are what nobody needs.
func (*ear) Noticef(string, ...any) {}

// Warnf is none of ours.
func (*ear) Warnf(string, ...any) {}

// Fatalf ends nothing: a server that cannot start says so by not starting.
func (*ear) Fatalf(string, ...any) {}

// Debugf is none of ours.
func (*ear) Debugf(string, ...any) {}

// Tracef is none of ours.
func (*ear) Tracef(string, ...any) {}
