package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Codes of the server's. 10077 has other meanings too: none may be read out of
// it (docs/protocol.md).
const (
	wrongLastSequence = 10071
	conditionInFlight = 10164 // on several servers: another message with the same condition is on its way
	noRoomInStream    = 10077
	noRoomInStore     = 10023
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
	m.Header.Set(versionHeader, version)
	for pause := soon; ; pause = min(2*pause, atLatest) {
		ack, err := s.try(ctx, m)
		if err == nil {
			if pause > soon {
				tell(nil)
			}
			return ack, nil
		}
		if !passes(err) {
			return nil, err
		}
		if codeOf(err) == 0 && ctx.Err() == nil {
			s.unanswered(err)
		}
		tell(err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
	}
}

// passes reports whether what went wrong may be over when it is tried again.
func passes(err error) bool {
	switch code, denied := codeOf(err), (*DeniedError)(nil); {
	case errors.As(err, &denied):
		return false
	case code == noRoomInStream || code == noRoomInStore || code == conditionInFlight:
		return true
	default:
		return code == 0 && !errors.Is(err, nats.ErrMaxPayload) && !errors.Is(err, nats.ErrConnectionClosed)
	}
}

// unanswered is told why a message may not be with the server.
func (s *store) unanswered(err error) {
	if errors.Is(err, context.DeadlineExceeded) && s.js.Conn().IsConnected() {
		s.silence()
	}
}

func (s *store) try(ctx context.Context, m *nats.Msg) (ack *jetstream.PubAck, err error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	err = s.during(ctx, m.Subject, func(ctx context.Context) (err error) {
		ack, err = s.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
		return err
	})
	return ack, err
}

func message(subject string, data []byte) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = data
	return m
}
