package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/protocol"
)

const (
	tasksStream   = permit.Tasks
	doneStream    = permit.Done
	runsBucket    = permit.Runs
	workersBucket = permit.Workers
)

// store is what the server keeps.
type store struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	lease   time.Duration // how long a batch is a worker's without a word from it
	silence func()        // called when nothing is acknowledged, with the connection up
	denials
	acks      acks
	revisions revisions

	// What a client that only works does not have.
	tasks   jetstream.Stream
	done    jetstream.Stream
	runs    jetstream.KeyValue
	workers jetstream.KeyValue

	queues sync.Map // types that have their consumers
}

func openStore(ctx context.Context, nc *nats.Conn, o *openConfig) (*store, error) {
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(answer))
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	if err := checkServer(nc.ConnectedServerVersion()); err != nil {
		return nil, err
	}
	s := &store{nc: nc, js: js, lease: o.lease, silence: o.silence}
	s.watch(nc)
	if o.onlyWork {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	if o.existing {
		return s, s.find(ctx)
	}
	return s, s.insist(ctx, permit.API, func(ctx context.Context) error { return s.make(ctx, o) })
}

// insist asks until there is an answer that no repetition changes, or ctx is
// done.
func (s *store) insist(ctx context.Context, prefix string, ask func(context.Context) error) error {
	for {
		err := s.during(ctx, prefix, ask)
		var api *jetstream.APIError
		var denied *DeniedError
		var little *NoRoomError
		switch {
		case err == nil, errors.As(err, &denied), errors.As(err, &little), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrMaxPayload),
			errors.As(err, &api) && api.Code < 500 && api.ErrorCode != noPeers, // it is not for lack of a leader
			errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
			return err
		}
		if done := sleep(ctx, atLatest); done != nil {
			return fmt.Errorf("%w (%w)", done, err)
		}
	}
}

const (
	answer   = 2 * time.Second        // how long to wait for one
	making   = 5 * time.Second        // and for several servers to make something
	soon     = 20 * time.Millisecond  // until something is tried again,
	atLatest = 500 * time.Millisecond // and at most
)

// sleep waits for d, or until ctx is done: then its cause is the error.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// last reads the last message of a subject, by a request that names the subject,
// so that a server can say who may; nil: there is none.
func (s *store) last(ctx context.Context, stream, subject string) (m *nats.Msg, err error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	request := permit.API + "DIRECT.GET." + stream + "." + subject
	err = s.during(ctx, request, func(ctx context.Context) (err error) {
		m, err = s.nc.RequestWithContext(ctx, request, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	switch status := m.Header.Get("Status"); status {
	case "":
		return m, nil
	case "404":
		return nil, nil
	default:
		return nil, fmt.Errorf("read %s: status %s %s", subject, status, m.Header.Get("Description"))
	}
}

// eachTask reads the messages of a subject in the task stream, in order: one
// question for each, as no consumer may read beside those of the workers. It reads to
// their end, as somebody says who has message number barrier, which is one of them and
// stays there; 0: as anybody says. It ends early where f says that it is enough.
func (s *store) eachTask(ctx context.Context, subject string, barrier uint64, f func(*jetstream.RawStreamMsg) (more bool)) error {
	for from, late := uint64(1), 0; ; {
		m, err := s.following(ctx, tasksStream, subject, from)
		if err == nil && m == nil && barrier > 0 {
			last, wrong := s.latest(ctx, tasksStream, subject)
			switch {
			case wrong != nil:
				err = wrong
			case last != nil && last.Sequence >= barrier && last.Sequence < from:
				return nil
			}
		}
		switch {
		case err != nil:
			return fmt.Errorf("cluster: read stream %s: %w", tasksStream, err)
		case m != nil:
			from, late = m.Sequence+1, 0
			if !f(m) {
				return nil
			}
			continue
		case barrier == 0:
			return nil
		case late == disagree*lateFor:
			return errBehind
		}
		late++
		if err := sleep(ctx, look); err != nil {
			return err
		}
	}
}

// known looks a batch up in the done log.
func (s *store) known(ctx context.Context, run string, b protocol.Batch) ([]protocol.Record, error) {
	own, err := s.lastNote(ctx, doneSubject(run, b.Place()))
	if err != nil {
		return nil, err
	}
	var submitted *protocol.Note
	if b.Again {
		if submitted, err = s.lastNote(ctx, doneSubject(run, protocol.Place{Of: b.Of})); err != nil {
			return nil, err
		}
	}
	return protocol.Known(b, own, submitted), nil
}

// lastNote is the last message of a subject in the done log; nil: there is none,
// or it is garbage, so that something may run once more than it need. What a newer
// skein has written is an error: whoever can read it has the batch next.
func (s *store) lastNote(ctx context.Context, subject string) (*protocol.Note, error) {
	m, err := s.last(ctx, doneStream, subject)
	if err != nil || m == nil {
		return nil, err
	}
	var w wireRecords
	switch err, unknown := w.parse(subject, m.Header, m.Data), (*VersionError)(nil); {
	case errors.As(err, &unknown):
		return nil, err
	case err != nil:
		return nil, nil
	}
	n := &protocol.Note{Gone: w.Gone}
	for i := range w.Records {
		n.Records = append(n.Records, w.Records[i].plan(wordsOf(subject).typ()))
	}
	return n, nil
}

// eachKey calls f for each entry that there is of a key-value store of these.
func eachKey(ctx context.Context, store jetstream.KeyValue, these string, f func(jetstream.KeyValueEntry) error) error {
	w, err := store.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("cluster: list the %s: %w", these, err)
	}
	defer w.Stop()
	for kv := range w.Updates() {
		if kv == nil {
			return nil // that was all
		}
		if err := f(kv); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
