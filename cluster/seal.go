package cluster

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

func (p *place) closeGate(ctx context.Context, submitter int) error {
	_, err := p.c.store.publish(ctx, message(gateSubject(p.name, submitter), []byte(gateClosed)))
	if err != nil {
		return fmt.Errorf("cluster: close run %s: %w", p.name, err)
	}
	return nil
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

// count finds what was accepted of each submitter: the gates are closed, then
// the task stream is read from its start to its end, and then the done log.
func (r *Run) count(ctx context.Context, e *entry) (map[int]int, error) {
	accepted := map[int]int{}
	for k := e.From + 1; k <= e.Owner; k++ {
		accepted[k] = 0
	}
	for k := e.firstGate(); k <= e.Owner; k++ {
		if err := r.closeGate(ctx, k); err != nil {
			return nil, err
		}
	}
	own, known := r.submitter.counted()
	known = known && e.Owner == r.submitter.number
	if known && len(accepted) == 1 {
		return map[int]int{e.Owner: own}, nil // nobody else ever submitted
	}
	var met protocol.Met
	if err := r.scan(ctx, met.Note); err != nil {
		return nil, err
	}
	err := r.read(ctx, 0, func(rec *wireRecord) { met.Note(rec.plan().ID) })
	for k := range accepted {
		accepted[k] = met.Accepted(k)
	}
	if known {
		accepted[e.Owner] = own
	}
	return accepted, err
}

// scan reads the run's messages in the task stream in order.
func (p *place) scan(ctx context.Context, note func(protocol.ID)) error {
	return p.c.store.eachTask(ctx, fmt.Sprintf("skein.%s.%s.>", shard, p.name), func(m *jetstream.RawStreamMsg) {
		var b wireBatch
		if b.decode(m.Data) != nil {
			return // a gate
		}
		for _, t := range b.plan().Tasks {
			note(t.ID)
		}
	})
}
