package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

// closeGate gives the number of the message that closes it.
func (p *place) closeGate(ctx context.Context, submitter int) (closed uint64, err error) {
	ack, err := p.c.store.publish(ctx, message(gateSubject(p.name, submitter), []byte(gateClosed)))
	if err != nil {
		return 0, fmt.Errorf("cluster: close run %s: %w", p.name, err)
	}
	return ack.Sequence, nil
}

// Close ends submission: what was accepted until now is the run. It waits until
// all that wait for it know how much that is. To close a run again does
// nothing.
//
// It is docs/protocol.md's sealing, with one thing less to read: what this
// submitter knows of itself.
func (r *Run) Close(ctx context.Context) error {
	e, err := r.changeOwn(ctx, func(e *entry) error {
		if e.Closing {
			return errUnchanged
		}
		e.Closing = true
		return nil
	})
	if err != nil || e.Sealed != nil {
		return err
	}
	sealed, err := r.count(ctx, e)
	if errors.Is(err, errBehind) {
		if e, wrong := r.entry(ctx); wrong == nil && e.From != r.from {
			return ErrRemoved
		}
	}
	if err != nil {
		return err
	}
	_, err = r.changeOwn(ctx, func(e *entry) error {
		if e.Sealed != nil {
			return errUnchanged
		}
		e.Sealed = sealed
		return nil
	})
	return err
}

// count finds what was accepted: the gates are closed, then the task stream is
// read from its start to its end, and then the done log. What has a type that no
// submitter has announced before the run was closing, or a submitter that the run
// has not, a worker has invented.
func (r *Run) count(ctx context.Context, e *entry) (protocol.Accepted, error) {
	var closed uint64
	for k := e.firstGate(); k <= e.Owner; k++ {
		n, err := r.closeGate(ctx, k)
		if err != nil {
			return nil, err
		}
		closed = max(closed, n)
	}
	own, known := r.submitter.counted()
	known = known && e.Owner == r.submitter.number
	if known && e.Owner == e.From+1 {
		return own, nil // nobody else ever submitted
	}
	var met protocol.Met
	if err := r.scan(ctx, closed, func(id protocol.ID) bool { met.Note(id); return true }); err != nil {
		return nil, err
	}
	if err := r.readAll(ctx, func(m *records) {
		for i := range m.Records {
			met.Note(m.Records[i].plan(m.typ).ID)
		}
		if m.newer > 0 {
			m.subject.each(met.Note)
		}
	}); err != nil {
		return nil, err
	}
	accepted := met.Accepted(func(s protocol.Series) bool {
		return e.has(s.Type) && s.Submitter > e.From && s.Submitter <= e.Owner && !(known && s.Submitter == e.Owner)
	})
	if known {
		maps.Copy(accepted, own)
	}
	return accepted, nil
}

// scan reads the run's messages in the task stream in order, to their end as eachTask
// does, or until note says that it is enough.
func (p *place) scan(ctx context.Context, barrier uint64, note func(protocol.ID) (more bool)) error {
	return p.c.store.eachTask(ctx, p.everything(), barrier, func(m *jetstream.RawStreamMsg) bool {
		var b wireBatch
		subject, more := wordsOf(m.Subject), true
		if newer(m.Header.Get(versionHeader)) > 0 {
			subject.each(func(id protocol.ID) { more = note(id) && more })
			return more
		}
		if b.decode(m.Data) != nil {
			return true // a gate
		}
		b.Type = subject.typ()
		for _, t := range b.plan().Tasks {
			more = note(t.ID) && more
		}
		return more
	})
}
