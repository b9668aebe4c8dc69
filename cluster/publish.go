package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// Codes of the server's. 10077 has other meanings too: none may be read out of
// it (docs/protocol.md).
const (
	wrongLastSequence = 10071
	conditionInFlight = 10164 // on several servers: another message with the same condition is on its way; or a server says it that leads no longer
	noRoomInStream    = 10077
	noRoomInStore     = 10023
	noRoomToReserve   = 10047 // when a stream is made
	noPeers           = 10005 // several servers have just started, and do not know each other yet
)

func codeOf(err error) jetstream.ErrorCode {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode
	}
	return 0
}

// publish publishes a message until the server has it. It gives up with an
// error that no repetition mends, or with ctx's cause.
func (s *store) publish(ctx context.Context, m *nats.Msg) (*jetstream.PubAck, error) {
	return s.publishTelling(ctx, m, func(error) {})
}

// publishTelling tells why it has not arrived, as soon as something is wrong,
// and nil when it has arrived after all.
func (s *store) publishTelling(ctx context.Context, m *nats.Msg, tell func(error)) (*jetstream.PubAck, error) {
	p, err := s.publication(m)
	if err != nil {
		return nil, err
	}
	defer p.answers.close()
	return p.publish(ctx, tell)
}

// publication is a message that is published, perhaps several times.
type publication struct {
	s       *store
	m       *nats.Msg
	answers *inbox // to all times
	pause   time.Duration
}

// publication is to be closed.
func (s *store) publication(m *nats.Msg) (*publication, error) {
	answers, err := s.acks.open(s.nc)
	if err != nil {
		return nil, err
	}
	m.Header.Set(versionHeader, version)
	m.Reply = answers.subject
	return &publication{s, m, answers, soon}, nil
}

// publish is store.publishTelling. That one server does not take it is not the end
// while another one may: see acks. It may be called again, when it says that a
// condition is not met.
func (p *publication) publish(ctx context.Context, tell func(error)) (*jetstream.PubAck, error) {
	told := false
	end := func(ack *jetstream.PubAck, err error) (*jetstream.PubAck, error) {
		if told {
			tell(nil)
		}
		return ack, err
	}
	for ; ; p.pause = min(2*p.pause, atLatest) {
		ack, err := p.try(ctx)
		if err == nil {
			return end(ack, nil)
		}
		again := passes(err)
		if !again && codeOf(err) != wrongLastSequence {
			return end(nil, err)
		}
		if codeOf(err) == 0 && ctx.Err() == nil {
			err = p.s.unanswered(ctx, err)
		}
		if again {
			tell(err)
			told = true
		}
		if ack := p.late(ctx); ack != nil {
			return end(ack, nil)
		}
		if !again {
			p.pause = min(2*p.pause, atLatest)
			return end(nil, err)
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
	}
}

// late waits for another answer, which takes it, for as long as the pause is.
func (p *publication) late(ctx context.Context) *jetstream.PubAck {
	ctx, cancel := context.WithTimeout(ctx, p.pause)
	defer cancel()
	for {
		ack, err := p.answers.next(ctx, p.s.closed, nil)
		if err == nil {
			return ack
		}
		if ctx.Err() != nil || errors.Is(err, nats.ErrConnectionClosed) {
			return nil
		}
	}
}

// passes reports whether what went wrong may be over when it is tried again.
func passes(err error) bool {
	switch code, denied := codeOf(err), (*DeniedError)(nil); {
	case errors.As(err, &denied):
		return false
	case noRoom(err) || code == conditionInFlight:
		return true
	default:
		return code == 0 && !errors.Is(err, nats.ErrMaxPayload) && !errors.Is(err, nats.ErrConnectionClosed)
	}
}

func noRoom(err error) bool {
	code := codeOf(err)
	return code == noRoomInStream || code == noRoomInStore
}

// unanswered is told why a message may not be with the server, and says it better
// where that is known.
func (s *store) unanswered(ctx context.Context, err error) error {
	if !errors.Is(err, context.DeadlineExceeded) || !s.nc.IsConnected() {
		return err
	}
	s.silence()
	if why := s.halted(ctx); why != nil {
		return why
	}
	return fmt.Errorf("the server acknowledges nothing, though it is connected; if its disk was full it must be started again: %w", err)
}

// ErrHalted is that a server can write nothing to its disk, mostly because that is
// full. One of package embed goes on by itself when there is room.
var ErrHalted = errors.New("the server takes nothing")

// halted asks a server of ours why it takes nothing; nil: it does, or does not say.
func (s *store) halted(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	var about permit.AboutServer
	err := s.during(ctx, permit.About, func(ctx context.Context) error {
		m, err := s.nc.RequestWithContext(ctx, permit.About, nil)
		if err == nil {
			err = json.Unmarshal(m.Data, &about)
		}
		return err
	})
	if err != nil || about.Halted == "" {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrHalted, about.Halted)
}

// try publishes it once, and gives the first answer, also one to an earlier try.
// Without a connection it waits for one: what is kept until then would be sent
// beside the next try.
func (p *publication) try(ctx context.Context) (ack *jetstream.PubAck, err error) {
	if ack := p.arrived(); ack != nil {
		return ack, nil
	}
	lost := p.s.renewal()
	if !p.s.nc.IsConnected() {
		if err := p.connect(ctx, lost); err != nil {
			return nil, err
		}
		lost = p.s.renewal()
	}
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	err = p.s.during(ctx, p.m.Subject, func(ctx context.Context) (err error) {
		if err = p.s.nc.PublishMsg(p.m); err == nil {
			ack, err = p.answers.next(ctx, p.s.closed, lost)
		}
		return err
	})
	return ack, err
}

// connect waits for a connection.
func (p *publication) connect(ctx context.Context, again <-chan struct{}) error {
	if p.s.nc.IsClosed() {
		return nats.ErrConnectionClosed
	}
	waiting, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	err := p.s.connection(waiting, again)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case waiting.Err() != nil:
		return nats.ErrDisconnected
	}
	return nil
}

// arrived gives an answer that takes it, if one is there.
func (p *publication) arrived() *jetstream.PubAck {
	for len(p.answers.arrived) > 0 {
		if ack, err := p.answers.next(context.Background(), nil, nil); err == nil {
			return ack
		}
	}
	return nil
}

func message(subject string, data []byte) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = data
	return m
}
