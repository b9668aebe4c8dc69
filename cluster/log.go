package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// log reads a part of the done log, in its order. It goes on where it was
// whatever becomes of the server that it reads from.
type log struct {
	s       *store
	subject string
	arrived chan jetstream.Msg
	through uint64             // the last that next has given
	cancel  context.CancelFunc // ends the reading
	gone    chan struct{}      // closed when it has ended
	err     error              // why it could not go on; read after gone

	// Of the goroutine that reads.
	consumer string
	messages jetstream.MessagesContext
	last     uint64 // in the stream
	in       uint64 // of those that this consumer has given
}

// records are what a message of the done log says.
type records struct {
	wireRecords
	subject  words
	typ      string // of the subject: what the message says of it is its writer's
	newer    int    // the version, if it is one that is not known: then there are no records
	sequence uint64
	when     time.Time
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

// openLog begins with message number from.
func (p *place) openLog(ctx context.Context, subject string, from uint64) (*log, error) {
	l, err := p.c.store.openLog(ctx, subject, from)
	if err != nil {
		return nil, fmt.Errorf("cluster: read the outcomes of %s: %w", p.name, err)
	}
	return l, nil
}

func (s *store) openLog(ctx context.Context, subject string, from uint64) (*log, error) {
	l := &log{s: s, subject: subject, last: max(from, 1) - 1, through: max(from, 1) - 1, arrived: make(chan jetstream.Msg), gone: make(chan struct{})}
	if err := s.insist(ctx, permit.API, func(ctx context.Context) error { return l.open(ctx, answer) }); err != nil {
		return nil, err
	}
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(l.gone)
		l.follow(ctx)
	}()
	return l, nil
}

// stop ends the reading, and waits until it has ended.
func (l *log) stop() {
	l.cancel()
	<-l.gone
}

// open begins after the last message that was read. It waits for at most patience.
func (l *log) open(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := l.s.done.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubject: l.subject, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: l.last + 1,
		AckPolicy: jetstream.AckNonePolicy, MaxDeliver: 1, MemoryStorage: true, Replicas: 1, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return err
	}
	messages, err := c.Messages(jetstream.PullHeartbeat(beat), jetstream.PullExpiry(30*time.Second))
	if err != nil {
		return err // there are those before still, to be left
	}
	l.consumer, l.in, l.messages = c.CachedInfo().Name, 0, messages
	return nil
}

// follow gives what comes to next, and opens again what has broken, until ctx is
// done.
func (l *log) follow(ctx context.Context) {
	defer func() { l.leave() }()
	for ctx.Err() == nil {
		m, err := l.ask(ctx)
		if err == nil && l.isNext(m) {
			select {
			case l.arrived <- m:
			case <-ctx.Done():
			}
			continue
		}
		l.leave()
		if l.err = l.reopen(ctx); l.err != nil {
			return
		}
	}
}

// leave lets go of the consumer. The server would find out by itself in a minute,
// in which who asks often would have it keep as many as it can. It need not answer.
func (l *log) leave() {
	l.messages.Stop()
	_ = l.s.nc.Publish(permit.API+"CONSUMER.DELETE."+doneStream+"."+l.consumer, nil)
}

// renewAfter is how long nothing may come until the consumer is made anew, at the
// least: a server that cannot catch up with the others sends beats, and nothing
// else, for ever.
const renewAfter = 5 * time.Second

// ask waits for the next message.
func (l *log) ask(ctx context.Context) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, max(renewAfter, l.s.lease))
	defer cancel()
	return l.messages.Next(jetstream.NextContext(ctx))
}

// isNext reports whether m is the next one: the client drops what it has no
// room for.
func (l *log) isNext(m jetstream.Msg) bool {
	meta, err := m.Metadata()
	if err != nil || meta.Sequence.Consumer != l.in+1 {
		return false
	}
	l.in, l.last = meta.Sequence.Consumer, meta.Sequence.Stream
	return true
}

// reopen opens until that succeeds, or ctx is done. The error is that the stream
// is no longer there, or the connection. It has little patience at first: several
// servers may give the consumer to one that has just died, which is not heard of.
func (l *log) reopen(ctx context.Context) error {
	for pause, patience := soon, beat; ctx.Err() == nil; pause, patience = min(2*pause, atLatest), min(2*patience, answer) {
		err := l.open(ctx, patience)
		if err == nil || errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, nats.ErrConnectionClosed) {
			return err
		}
		_ = sleep(ctx, pause) // the loop sees that ctx is done
	}
	return nil
}

// next gives the next message. It waits for one for at most d, and gives none
// then; 0: as long as it takes.
func (l *log) next(ctx context.Context, d time.Duration) (*records, error) {
	var late <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case m := <-l.arrived:
		return l.records(m), nil
	case <-late:
		return nil, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-l.gone:
		return nil, fmt.Errorf("cluster: read the done log: %w", l.err)
	}
}

// records reads a message. Garbage is nobody's outcome.
func (l *log) records(m jetstream.Msg) *records {
	r := &records{subject: wordsOf(m.Subject())}
	r.typ = r.subject.typ()
	if meta, err := m.Metadata(); err == nil {
		l.through = meta.Sequence.Stream
		r.sequence, r.when = meta.Sequence.Stream, meta.Timestamp
	}
	v := m.Headers().Get(versionHeader)
	if r.newer = newer(v); r.newer > 0 {
		r.Worker = writerOf(m.Data())
		return r
	}
	if v != version || r.wireRecords.decode(m.Data()) != nil {
		r.wireRecords = wireRecords{}
	}
	return r
}

// lastDone is the number of the last message of a part of the done log, as the
// server says that leads: a copy, which the log is read from, may be late. 0: there
// is none.
func (p *place) lastDone(ctx context.Context, subject string) (uint64, error) {
	m, err := p.c.store.latest(ctx, doneStream, subject)
	if err != nil {
		return 0, fmt.Errorf("cluster: look for outcomes of %s: %w", p.name, err)
	}
	if m == nil {
		return 0, nil
	}
	return m.Sequence, nil
}

// lateFor is how many looks long a server that leads may be later than a copy.
const lateFor = 10

// readMessages reads the part of the done log from message number from to its end,
// or until f says no more.
func (p *place) readMessages(ctx context.Context, from uint64, f func(*records) bool) error {
	return p.readSubject(ctx, p.subjects("done"), from, 0, f)
}

// readSubject reads the messages of a subject, to its end and at least to message
// number seen, which somebody has met there: on several servers a copy may have that
// a moment before the one that leads.
func (p *place) readSubject(ctx context.Context, subject string, from, seen uint64, f func(*records) bool) error {
	end, err := p.lastDone(ctx, subject)
	end = max(end, seen)
	if err != nil || end < from {
		return err
	}
	l, err := p.openLog(ctx, subject, from)
	if err != nil {
		return err
	}
	defer l.stop()
	for quiet := 0; l.through < end; {
		m, err := l.next(ctx, look)
		if err != nil {
			return err
		}
		if m == nil { // perhaps they are removed meanwhile
			left, err := p.lastDone(ctx, subject)
			if err != nil {
				return err
			}
			if quiet++; left >= seen || quiet > lateFor {
				end = min(end, left)
			}
			continue
		}
		quiet = 0
		if !f(m) {
			return nil
		}
	}
	return nil
}

// readAll reads all that the done log has of the run by now, whoever answers; some of
// it twice, where it must begin again.
func (p *place) readAll(ctx context.Context, f func(*records)) error {
	barrier, err := p.barrier(ctx, barrierSubject(p.name))
	if err != nil {
		return err
	}
	for range disagree {
		met := barrier == 0
		err := p.readSubject(ctx, p.subjects("done"), 0, barrier, func(m *records) bool {
			met = met || m.sequence >= barrier
			f(m)
			return true
		})
		if err != nil || met {
			return err
		}
	}
	return errBehind
}
