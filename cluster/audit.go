package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/protocol"
)

// errLost is why a task is lost.
var errLost = errors.New("it is in neither stream: what the server had acknowledged did not survive")

// audit is for when nothing has come for long: what is missing, and neither in the
// task stream nor, read after that, in the done log, is lost. What counts as
// missing was accepted before the task stream is looked at.
//
// It looks twice: what seems to be lost may only be unknown to a server that was cut
// off while it led. For the second time there are barriers.
func (r *Run) audit(ctx context.Context, missing func() []protocol.ID) error {
	for _, kind := range taskKinds {
		m, err := r.c.store.latest(ctx, tasksStream, r.subjects(kind))
		if err != nil || m != nil {
			return err
		}
	}
	ended, unread, noted := protocol.Fold{}, unread{}, uint64(0)
	note := func(m *records) {
		if m.sequence <= noted {
			return // it is read twice
		}
		noted = m.sequence
		for i := range m.Records {
			ended.Take(m.Records[i].plan(m.typ))
		}
		unread.note(m)
	}
	if err := r.readMessages(ctx, 0, func(m *records) bool { note(m); return true }); err != nil {
		return err
	}
	lost := slices.DeleteFunc(missing(), ended.Has)
	if len(lost) == 0 {
		return nil
	}
	barrier, err := r.barrier(ctx, gateSubject(r.name, noSubmitter))
	if err != nil || barrier == 0 { // where there is no room nothing is lost for certain
		return err
	}
	unseen := make(map[protocol.ID]bool, len(lost))
	for _, id := range lost {
		unseen[id] = true
	}
	if err := r.scan(ctx, barrier, func(id protocol.ID) bool {
		delete(unseen, id)
		return len(unseen) > 0
	}); err != nil || len(unseen) == 0 {
		return err
	}
	if err := r.readAll(ctx, note); err != nil {
		return err
	}
	lost = slices.DeleteFunc(lost, func(id protocol.ID) bool { return !unseen[id] || ended.Has(id) })
	return r.decideAll(ctx, lost, unread, Lost, errLost)
}

// decideAll writes the records of tasks that no worker has, but for those that may
// have ended in a record which cannot be read: what these are is the error.
func (r *Run) decideAll(ctx context.Context, tasks []protocol.ID, u unread, o Outcome, cause error) error {
	tasks, unknown := u.split(tasks)
	for _, id := range tasks {
		if err := r.decide(ctx, id, o, cause); err != nil {
			return err
		}
	}
	return unknown
}

// waiting is how many messages with tasks there are.
func (p *place) waiting(ctx context.Context) (n int, err error) {
	for _, kind := range taskKinds {
		var info *jetstream.StreamInfo
		patience := answer // there may be a million; but who leads no longer never answers
		err := p.c.store.insist(ctx, permit.API, func(ctx context.Context) (err error) {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			patience = min(2*patience, opening)
			info, err = p.c.store.tasks.Info(ctx, jetstream.WithSubjectFilter(p.subjects(kind)))
			return err
		})
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
func (r *Run) callOff(ctx context.Context, to *reading, e *entry) error {
	if err := r.purgeTasks(ctx); err != nil {
		return err
	}
	return r.decideAll(ctx, to.fold.Missing(), to.unread, Cancelled, e.cause())
}

// purgeTasks removes the tasks of what was opened, and none of another one of its
// name: those that there are before it is seen that the entry is still that of it.
func (p *place) purgeTasks(ctx context.Context) error {
	last, err := p.c.store.latest(ctx, tasksStream, p.everything())
	if err != nil || last == nil {
		return err
	}
	e, err := p.entry(ctx)
	if err != nil {
		return err
	}
	if e.From != p.from {
		return ErrRemoved
	}
	return p.purge(ctx, p.c.store.tasks, last.Sequence, taskKinds...)
}

// decide writes the record of a task that no worker has.
func (p *place) decide(ctx context.Context, id protocol.ID, o Outcome, cause error) error {
	rec := wireRecord{Submitter: id.Submitter, N: id.N, Outcome: o, Ended: microsOf(time.Now())}
	rec.Cause, rec.CauseType = causeOf(cause)
	return p.c.store.record(ctx, p.name, placeOf(id), wireRecords{Worker: p.c.name, Records: []wireRecord{rec}})
}

// placeOf is where the records of a task go that was submitted alone.
func placeOf(id protocol.ID) protocol.Place {
	return protocol.Place{Of: protocol.Span{Series: id.Series(), First: id.N, Last: id.N}}
}

// record appends to the done log.
func (s *store) record(ctx context.Context, run string, at protocol.Place, w wireRecords) error {
	data, err := w.encode()
	if err == nil {
		_, err = s.publish(ctx, message(doneSubject(run, at), data))
	}
	if err != nil {
		return fmt.Errorf("cluster: record outcomes of %s: %w", run, err)
	}
	return nil
}
