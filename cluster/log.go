package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// log reads a part of the done log, in its order.
type log struct {
	messages jetstream.MessagesContext
	pending  uint64 // messages that were there when it was last asked
}

// beat is how soon a reader notices that the server which it reads from is
// gone. The client's own default leaves it blind for ten seconds.
const beat = 500 * time.Millisecond

func (r *Run) openLog(ctx context.Context) (*log, error) {
	return r.c.store.openLog(ctx, fmt.Sprintf("skein.%s.%s.done.>", shard, r.name))
}

func (s *store) openLog(ctx context.Context, subject string) (*log, error) {
	c, err := s.done.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}})
	if err != nil {
		return nil, fmt.Errorf("cluster: read the done log: %w", err)
	}
	info, err := c.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("cluster: read the done log: %w", err)
	}
	m, err := c.Messages(jetstream.PullHeartbeat(beat), jetstream.PullExpiry(30*time.Second))
	if err != nil {
		return nil, fmt.Errorf("cluster: read the done log: %w", err)
	}
	return &log{m, info.NumPending}, nil
}

func (l *log) stop() { l.messages.Stop() }

// next gives the records of the next message, which may have none. It waits for
// one for at most d, and gives nil then; 0: as long as it takes.
func (l *log) next(ctx context.Context, d time.Duration) ([]wireRecord, error) {
	for {
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
		if meta, err := m.Metadata(); err == nil {
			l.pending = meta.NumPending
		}
		v := m.Headers().Get(versionHeader)
		if v == "" {
			return []wireRecord{}, nil // garbage is nobody's outcome
		}
		if v != version {
			return nil, fmt.Errorf("cluster: the done log has records of version %q, this skein knows %s", v, version)
		}
		var w wireRecords
		if err := json.Unmarshal(m.Data(), &w); err != nil {
			return []wireRecord{}, nil
		}
		return w.Records, nil
	}
}
