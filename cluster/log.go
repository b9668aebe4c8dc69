package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// log reads a part of the done log, in its order.
type log struct {
	consumer jetstream.Consumer
	messages jetstream.MessagesContext
	pending  uint64 // messages that were there when it was last asked
}

// records are what a message of the done log says.
type records struct {
	wireRecords
	typ      string
	sequence uint64
	when     time.Time
}

// beat is how soon a reader notices that the server which it reads from is
// gone. The client's own default leaves it blind for ten seconds.
const beat = 500 * time.Millisecond

// openLog begins with message number from.
func (p *place) openLog(ctx context.Context, from uint64) (*log, error) {
	l, err := p.c.store.openLog(ctx, p.subjects("done"), from)
	if err != nil {
		return nil, fmt.Errorf("cluster: read the outcomes of %s: %w", p.name, err)
	}
	return l, nil
}

func (s *store) openLog(ctx context.Context, subject string, from uint64) (*log, error) {
	config := jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}}
	if from > 0 {
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
	}
	c, err := s.done.OrderedConsumer(ctx, config)
	if err != nil {
		return nil, err
	}
	info, err := c.Info(ctx)
	if err != nil {
		return nil, err
	}
	m, err := c.Messages(jetstream.PullHeartbeat(beat), jetstream.PullExpiry(30*time.Second))
	if err != nil {
		return nil, err
	}
	return &log{c, m, info.NumPending}, nil
}

func (l *log) stop() { l.messages.Stop() }

// next gives the next message. It waits for one for at most d, and gives none
// then; 0: as long as it takes.
func (l *log) next(ctx context.Context, d time.Duration) (*records, error) {
	for ctx.Err() == nil {
		opts := []jetstream.NextOpt{jetstream.NextContext(ctx)}
		if d > 0 {
			opts = []jetstream.NextOpt{jetstream.NextMaxWait(d)}
		}
		m, err := l.messages.Next(opts...)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, nats.ErrTimeout):
			return nil, nil
		case errors.Is(err, jetstream.ErrNoHeartbeat):
			continue // the client asks again
		default:
			return nil, fmt.Errorf("cluster: read the done log: %w", err)
		}
		r := &records{typ: wordsOf(m.Subject()).typ()}
		if meta, err := m.Metadata(); err == nil {
			l.pending, r.sequence, r.when = meta.NumPending, meta.Sequence.Stream, meta.Timestamp
		}
		v := m.Headers().Get(versionHeader)
		if n, err := strconv.Atoi(v); err == nil && v != version {
			return nil, fmt.Errorf("cluster: the done log has records of version %d, this skein knows %s", n, version)
		}
		if v != version || json.Unmarshal(m.Data(), &r.wireRecords) != nil {
			r.wireRecords = wireRecords{} // garbage is nobody's outcome
		}
		return r, nil
	}
	return nil, context.Cause(ctx)
}

// read reads the part of the done log from message number from to its end.
func (p *place) read(ctx context.Context, from uint64, f func(*wireRecord)) error {
	return p.readMessages(ctx, from, func(m *records) bool {
		for i := range m.Records {
			f(&m.Records[i])
		}
		return true
	})
}

// readMessages does, until f says no more.
func (p *place) readMessages(ctx context.Context, from uint64, f func(*records) bool) error {
	l, err := p.openLog(ctx, from)
	if err != nil {
		return err
	}
	defer l.stop()
	for l.pending > 0 {
		m, err := l.next(ctx, look)
		if err == nil && m == nil { // perhaps they are removed meanwhile
			var info *jetstream.ConsumerInfo
			if info, err = l.consumer.Info(ctx); err == nil {
				l.pending = info.NumPending
				continue
			}
		}
		if err != nil {
			return err
		}
		if !f(m) {
			return nil
		}
	}
	return nil
}
