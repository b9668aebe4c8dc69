package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

// errLost is why a task is lost.
var errLost = errors.New("it is in neither stream: what the server had acknowledged did not survive")

// audit is for when nothing has come for long: what is neither in the task
// stream nor, read after that, in the done log, is lost.
func (r *Run) audit(ctx context.Context, fold *protocol.Fold) error {
	waiting, err := r.waiting(ctx)
	if err != nil || waiting > 0 {
		return err
	}
	ended := protocol.Fold{}
	if err := r.read(ctx, 0, func(rec *wireRecord) { ended.Take(rec.plan()) }); err != nil {
		return err
	}
	for _, id := range fold.Missing() {
		if ended.Has(id) {
			continue
		}
		if err := r.decide(ctx, id, Lost, errLost); err != nil {
			return err
		}
	}
	return nil
}

// waiting is how many messages with tasks there are.
func (p *place) waiting(ctx context.Context) (n int, err error) {
	for _, kind := range taskKinds {
		info, err := p.c.store.tasks.Info(ctx, jetstream.WithSubjectFilter(p.subjects(kind)))
		if err != nil {
			return n, fmt.Errorf("cluster: look for tasks of %s: %w", p.name, err)
		}
		for _, k := range info.State.Subjects {
			n += int(k)
		}
	}
	return n, nil
}

// callOff ends a run that was cancelled, and of which no worker answers. What a
// worker records even so comes first or too late, which is the same for all.
func (r *Run) callOff(ctx context.Context, fold *protocol.Fold, e *entry) error {
	if err := r.purgeTasks(ctx); err != nil {
		return err
	}
	for _, id := range fold.Missing() {
		if err := r.decide(ctx, id, Cancelled, e.cause()); err != nil {
			return err
		}
	}
	return nil
}

func (p *place) purgeTasks(ctx context.Context) error {
	for _, kind := range taskKinds {
		if err := p.c.store.tasks.Purge(ctx, jetstream.WithPurgeSubject(p.subjects(kind))); err != nil {
			return fmt.Errorf("cluster: remove the tasks of %s: %w", p.name, err)
		}
	}
	return nil
}

// decide writes the record of a task that no worker has.
func (p *place) decide(ctx context.Context, id protocol.ID, o Outcome, cause error) error {
	at := protocol.Place{Of: protocol.Span{Submitter: id.Submitter, First: id.N, Last: id.N}}
	rec := wireRecord{Submitter: id.Submitter, N: id.N, Outcome: o, Ended: microsOf(time.Now())}
	rec.Cause, rec.CauseType = causeOf(cause)
	return p.c.store.record(ctx, p.name, unknownType, at, wireRecords{Worker: p.c.name, Records: []wireRecord{rec}})
}

// record appends to the done log.
func (s *store) record(ctx context.Context, run, typ string, at protocol.Place, w wireRecords) error {
	data, err := w.encode()
	if err == nil {
		_, err = s.publish(ctx, message(doneSubject(run, typ, at), data))
	}
	if err != nil {
		return fmt.Errorf("cluster: record outcomes of %s: %w", run, err)
	}
	return nil
}
