package cluster

import (
	"context"
	"iter"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/protocol"
)

// handOn gives tasks that have not started to others, at once: those that run
// may take long. That they are gone is noted, so that who has this batch after us
// does not run them too.
func (x *held) handOn(ctx context.Context, tasks []protocol.Task) error {
	x.grip.gone(len(tasks))
	x.mu.Lock()
	x.HandOn(tasks)
	all := x.running == 0 && len(x.wire) == 0
	x.mu.Unlock()
	return x.flush(ctx, !all)
}

// flush publishes the records that there are, and then the successors. Noting
// publishes that these are gone, too.
func (x *held) flush(ctx context.Context, noting bool) error {
	x.mu.Lock()
	note, next := x.Flush()
	wire, n := x.wire, x.owed-x.running
	x.wire = nil
	x.mu.Unlock()
	gone := note.Gone
	for part := range inMessages(wire) {
		if err := x.record(ctx, part, gone); err != nil {
			return err
		}
		for _, r := range part { // of which the next part is the last message
			if r.Outcome.Ends() {
				gone = append(gone, r.N)
			}
		}
	}
	x.forgive(max(n, 0))
	x.grip.ended(max(n, 0))
	x.enforce(ctx, wire)
	if len(next) > 0 && !x.w.leased(x.came) {
		return errAbandoned // others have its successors too: they would run twice
	}
	for _, b := range next {
		if err := x.again(ctx, b); err != nil {
			return err
		}
	}
	if noting {
		x.mu.Lock()
		gone := x.Gone()
		x.mu.Unlock()
		return x.record(ctx, nil, gone)
	}
	return nil
}

func (x *held) record(ctx context.Context, records []wireRecord, gone []int) error {
	return x.w.c.store.record(ctx, x.run, x.plan.Place(), wireRecords{Worker: x.w.c.name, Records: records, Gone: gone})
}

// enforce cancels the run if its policy says so. Who waits for it does the same:
// who may only work leaves it to them.
func (x *held) enforce(ctx context.Context, records []wireRecord) {
	policy := x.w.runs.policy(x.run)
	if policy == "" || x.w.c.onlyWork {
		return
	}
	p := place{c: x.w.c, name: x.run}
	for _, r := range records {
		if r.Outcome.Ends() {
			p.enforce(ctx, policy, ID(r.plan(x.batch.Type).ID), r.Outcome)
		}
	}
}

// again gives tasks back to the task stream. One that is to wait has a
// queue of its own, so that those that wait keep no others from being given out.
func (x *held) again(ctx context.Context, b protocol.Batch) error {
	w := wireBatch{
		Type: x.batch.Type, Codec: x.batch.Codec, Version: x.batch.Version,
		Submitter: b.Of.Submitter, First: b.Of.First, Last: b.Of.Last, Again: true, After: b.After,
	}
	for _, t := range b.Tasks {
		task := *x.tasks[t.ID.N]
		task.Attempt, task.Deliveries = t.Attempt, t.Deliveries
		w.Tasks = append(w.Tasks, task)
	}
	data, err := w.encode()
	if err != nil {
		return err
	}
	kind := x.w.runs.kind(x.run)
	switch {
	case b.Suspect():
		kind = permit.Suspect
	case b.After > 0 && kind == permit.Plain:
		kind = permit.Later
	}
	_, err = x.w.c.store.publish(ctx, message(taskSubject(x.run, kind, b.Of), data))
	return err
}

// inMessages cuts records such that a server takes each part: mostly it is one.
func inMessages(all []wireRecord) iter.Seq[[]wireRecord] {
	return func(yield func([]wireRecord) bool) {
		from, size := 0, 0
		for i, r := range all {
			n := len(r.Value) + 2*len(r.Cause) + 300
			if size += n; size > 2*mostBytes && i > from {
				if !yield(all[from:i]) {
					return
				}
				from, size = i, n
			}
		}
		if from < len(all) {
			yield(all[from:])
		}
	}
}
