package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// acks hears all that servers answer to what is published. There may be several
// answers to one message: a server that was cut off while it led, and has not heard
// yet that another one does, refuses what that one takes, and is often the first to
// say something. The client's own publish hears the first answer only, and whoever
// publishes again then has a message there twice. (Seen with nats-server 2.15, for a
// second and a half after a partition; make chaos does it.)
type acks struct {
	mu      sync.Mutex
	sub     *nats.Subscription // nil: nobody has asked yet
	prefix  string             // of the subjects of answers
	asked   uint64
	waiting map[string]chan *nats.Msg // by the last word of the subject
	over    bool
}

// inbox is where the answers to one message arrive, however often it is published.
type inbox struct {
	of      *acks
	subject string
	word    string
	arrived chan *nats.Msg
}

// mostAnswers is how many may wait to be heard. More are not missed: who publishes
// does so again.
const mostAnswers = 16

// open opens a place for answers. It is to be closed.
func (a *acks) open(nc *nats.Conn) (*inbox, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return nil, nats.ErrConnectionClosed
	}
	if a.sub == nil {
		prefix := nc.NewInbox() + "."
		sub, err := nc.Subscribe(prefix+"*", a.hear)
		if err != nil {
			return nil, err
		}
		a.sub, a.prefix, a.waiting = sub, prefix, map[string]chan *nats.Msg{}
	}
	a.asked++
	word := strconv.FormatUint(a.asked, 36)
	b := &inbox{a, a.prefix + word, word, make(chan *nats.Msg, mostAnswers)}
	a.waiting[word] = b.arrived
	return b, nil
}

func (b *inbox) close() {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	delete(b.of.waiting, b.word)
}

func (a *acks) hear(m *nats.Msg) {
	word := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case a.waiting[word] <- m: // nil: nobody waits any more
	default:
	}
}

// end leaves nothing on the connection, which may be somebody else's, and go on. Who
// waits is told by denials.end.
func (a *acks) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	if a.sub != nil {
		a.sub.Unsubscribe()
	}
}

// errNewConnection is that what was published before the connection was lost may not have
// arrived, and that there is another connection.
var errNewConnection = errors.New("the connection was lost and made anew")

// next waits for an answer. One that says no need not be the last word. lost is
// closed when there is another connection; nil: nobody asks.
func (b *inbox) next(ctx context.Context, closed, lost <-chan struct{}) (*jetstream.PubAck, error) {
	select {
	case m := <-b.arrived:
		return parseAck(m)
	case <-lost:
		return nil, errNewConnection
	case <-closed:
		return nil, nats.ErrConnectionClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// parseAck reads an answer.
func parseAck(m *nats.Msg) (*jetstream.PubAck, error) {
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		return nil, jetstream.ErrNoStreamResponse
	}
	var said struct {
		jetstream.PubAck
		Error *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(m.Data, &said); {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", jetstream.ErrInvalidJSAck, err)
	case said.Error != nil:
		return nil, said.Error
	case said.Stream == "":
		return nil, jetstream.ErrInvalidJSAck
	}
	return &said.PubAck, nil
}
