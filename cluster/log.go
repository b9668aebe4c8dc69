package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// log reads a part of the done log, in its order. It goes on where it was
// whatever becomes of the server that it reads from.
type log struct {
	s       *store
	subject string
	arrived chan jetstream.Msg
	pending uint64             // messages that were there when it was last asked
	stop    context.CancelFunc // ends the reading
	gone    chan struct{}      // closed when it has ended
	err     error              // why it could not go on; read after gone

	// Of the goroutine that reads.
	messages jetstream.MessagesContext
	last     uint64 // in the stream
	in       uint64 // of those that this consumer has given
}

// beat is how soon a reader notices that the server which it reads from is
// gone. The client's own default leaves it blind for ten seconds.
//
// The client looks for the beat only while somebody asks for the next message,
// and anew each time: whoever asks for less than two beats at a time is blind
// for ever. So a goroutine asks without end. The client's ordered consumer would
// do the rest, but waits ten seconds for an answer and ten more until it asks
// again.
const beat = 500 * time.Millisecond

func (r *Run) openLog(ctx context.Context) (*log, error) {
	return r.c.store.openLog(ctx, fmt.Sprintf("skein.%s.%s.done.>", shard, r.name))
}

func (s *store) openLog(ctx context.Context, subject string) (*log, error) {
	l := &log{s: s, subject: subject, arrived: make(chan jetstream.Msg), gone: make(chan struct{})}
	var err error
	if l.pending, err = l.open(ctx); err != nil {
		return nil, fmt.Errorf("cluster: read the done log: %w", err)
	}
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	go l.read(ctx)
	return l, nil
}

// open begins after the last message that was read, and says how many follow.
func (l *log) open(ctx context.Context) (pending uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	c, err := l.s.done.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubject: l.subject, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: l.last + 1,
		AckPolicy: jetstream.AckNonePolicy, MaxDeliver: 1, MemoryStorage: true, Replicas: 1, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return 0, err
	}
	l.in = 0
	l.messages, err = c.Messages(jetstream.PullHeartbeat(beat), jetstream.PullExpiry(30*time.Second))
	return c.CachedInfo().NumPending, err
}

// read gives what comes to next, and opens again what has broken, until ctx is
// done.
func (l *log) read(ctx context.Context) {
	defer close(l.gone)
	for ctx.Err() == nil {
		m, err := l.messages.Next(jetstream.NextContext(ctx))
		if err == nil && l.follows(m) {
			select {
			case l.arrived <- m:
			case <-ctx.Done():
			}
			continue
		}
		l.messages.Stop()
		if l.err = l.reopen(ctx); l.err != nil {
			return
		}
	}
	l.messages.Stop()
}

// follows reports whether m is the next one: the client drops what it has no
// room for.
func (l *log) follows(m jetstream.Msg) bool {
	meta, err := m.Metadata()
	if err != nil || meta.Sequence.Consumer != l.in+1 {
		return false
	}
	l.in, l.last = meta.Sequence.Consumer, meta.Sequence.Stream
	return true
}

// reopen opens until that succeeds, or ctx is done. The error is that the stream
// is no longer there.
func (l *log) reopen(ctx context.Context) error {
	for pause := soon; ctx.Err() == nil; pause = min(2*pause, atLatest) {
		_, err := l.open(ctx)
		if err == nil || errors.Is(err, jetstream.ErrStreamNotFound) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	return nil
}

// next gives the records of the next message. It waits for one for at most d,
// and gives none then; 0: as long as it takes.
func (l *log) next(ctx context.Context, d time.Duration) ([]wireRecord, error) {
	var late <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		late = timer.C
	}
	for {
		var m jetstream.Msg
		select {
		case m = <-l.arrived:
		case <-late:
			return nil, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-l.gone:
			return nil, fmt.Errorf("cluster: read the done log: %w", l.err)
		}
		if meta, err := m.Metadata(); err == nil {
			l.pending = meta.NumPending
		}
		v := m.Headers().Get(versionHeader)
		if !isVersion(v) {
			continue // garbage is nobody's outcome
		}
		if v != version {
			return nil, fmt.Errorf("cluster: the done log has records of version %q, this skein knows %s", v, version)
		}
		var w wireRecords
		if err := json.Unmarshal(m.Data(), &w); err != nil {
			continue
		}
		return w.Records, nil
	}
}
