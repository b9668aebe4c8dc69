package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/skein/cluster/internal/protocol"
)

// Dead is a task that ended and neither succeeded nor was cancelled, and that
// nobody has submitted again.
type Dead struct {
	Ended
	History []Ended // its earlier attempts, in order
}

// Dead lists the tasks that are dead by now, in the order in which they ended.
func (r *Run) Dead(ctx context.Context) ([]Dead, error) { return r.dead(ctx) }

// Dead lists the tasks that are dead by now, of those whose outcomes are kept, in
// the order in which they ended.
func (q *Queue) Dead(ctx context.Context) ([]Dead, error) { return q.dead(ctx) }

func (p *place) dead(ctx context.Context) (all []Dead, err error) {
	e, err := p.entry(ctx)
	if err != nil {
		return nil, err
	}
	r := e.reading()
	tried, again := map[protocol.ID][]Ended{}, map[ID]bool{}
	told := func(m *records, rec *wireRecord, ended bool) error {
		switch id := rec.plan(m.typ).ID; {
		case rec.Outcome == protocol.Resubmitted:
			again[ID(id)] = true
		case rec.Outcome == protocol.Retried:
			tried[id] = append(tried[id], rec.ended(p, m.typ, m.Worker))
		case ended && rec.Outcome != Succeeded && rec.Outcome != Cancelled:
			all = append(all, Dead{rec.ended(p, m.typ, m.Worker), tried[id]})
			delete(tried, id)
		case ended:
			delete(tried, id)
		}
		return nil
	}
	err = p.readMessages(ctx, e.Through+1, func(m *records) bool {
		r.take(m, told) // which has no error
		return true
	})
	return slices.DeleteFunc(all, func(d Dead) bool { return again[d.Task] }), err
}

// Resubmit gives the run a new task with the arguments of one that ended, of
// this or another run or queue. That one is not dead then; if the program ends in
// between it may be listed even so. The error is [ErrClosed] if the run takes no
// more.
func (r *Run) Resubmit(ctx context.Context, e Ended) (ID, error) { return r.resubmit(ctx, e) }

// Resubmit gives the queue a new task with the arguments of one that ended, of
// this or another run or queue. That one is not dead then; if the program ends in
// between it may be listed even so.
func (q *Queue) Resubmit(ctx context.Context, e Ended) (ID, error) { return q.resubmit(ctx, e) }

var errNoArguments = errors.New("its arguments are not known any more: it succeeded, was lost, or never ran")

func (p *place) resubmit(ctx context.Context, e Ended) (ID, error) {
	if e.args == nil {
		return ID{}, fmt.Errorf("cluster: submit task %s of %s again: %w", e.Task, e.Run, errNoArguments)
	}
	if err := checkName("type", e.Task.Type); err != nil { // a worker may have invented it
		return ID{}, err
	}
	id, err := p.submitter.submit(ctx, kind{e.Task.Type, e.codec, e.version}, wireTask{Attempt: 1, Args: e.args})
	if err != nil {
		return ID{}, err
	}
	note := wireRecord{Submitter: e.Task.Submitter, N: e.Task.N, Outcome: protocol.Resubmitted, Ended: microsOf(time.Now())}
	return ID(id), p.c.store.record(ctx, e.Run, placeOf(protocol.ID(e.Task)), wireRecords{Worker: p.c.name, Records: []wireRecord{note}})
}
