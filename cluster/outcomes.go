package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

// Outcome is how a task ended, in the words of package skein.
type Outcome = protocol.Outcome

// The outcomes.
const (
	Succeeded = protocol.Succeeded
	Failed    = protocol.Failed
	Panicked  = protocol.Panicked
	Goexited  = protocol.Goexited
	TimedOut  = protocol.TimedOut
	Cancelled = protocol.Cancelled
	Crashed   = protocol.Crashed // the workers that had it kept dying
	Lost      = protocol.Lost    // an assumption was broken: docs/states.md
)

// ID is a task's in its run.
type ID struct {
	Submitter int // who submitted it: 1 is who made the run
	N         int // the how manyth of that submitter it was, from 1
}

// String is as in 1.17.
func (id ID) String() string { return fmt.Sprintf("%d.%d", id.Submitter, id.N) }

// Ended is how a task ended.
type Ended struct {
	Task           ID
	Outcome        Outcome
	Attempt        int // from 1
	Started, Ended time.Time
	Cause          error // nil if it succeeded; only its text has crossed the wire
	Result         json.RawMessage
}

// look is how often a waiter looks whether the run was closed meanwhile.
const look = 200 * time.Millisecond

// Outcomes gives how each task ended, once, in the order in which they did,
// from the run's start, until the run was closed and each has ended. An error
// comes last. Who reads again, or elsewhere, gets the same.
func (r *Run) Outcomes(ctx context.Context) iter.Seq2[Ended, error] {
	return func(yield func(Ended, error) bool) {
		err := r.follow(ctx, yield)
		if err != nil && !errors.Is(err, errLeft) {
			yield(Ended{}, err)
		}
	}
}

var errLeft = errors.New("the loop was left")

func (r *Run) follow(ctx context.Context, yield func(Ended, error) bool) error {
	l, err := r.openLog(ctx)
	if err != nil {
		return err
	}
	defer l.stop()
	fold, sealed := protocol.Fold{}, false
	heard := time.Now()
	for {
		if !sealed {
			e, err := r.entry(ctx)
			if err != nil {
				return err
			}
			if sealed = e.Sealed != nil; sealed {
				fold.Seal(e.Sealed)
			}
		}
		if fold.Done() {
			return nil
		}
		for looked := time.Now(); !fold.Done() && (sealed || time.Since(looked) < look); {
			records, err := l.next(ctx, look)
			if err != nil {
				return err
			}
			if records == nil {
				break
			}
			heard = time.Now()
			for i := range records {
				if fold.Take(records[i].plan()) && !yield(records[i].ended(), nil) {
					return errLeft
				}
			}
		}
		if sealed && time.Since(heard) > 2*r.c.store.lease {
			e, err := r.entry(ctx)
			if err == nil && e.Cancelled {
				err = r.callOff(ctx, &fold, e.Cause)
			} else if err == nil {
				err = r.audit(ctx, &fold)
			}
			if err != nil {
				return err
			}
			heard = time.Now()
		}
	}
}

func (r *wireRecord) ended() Ended {
	e := Ended{
		Task: ID{r.Submitter, r.N}, Outcome: r.Outcome, Attempt: r.Attempt,
		Started: r.Started, Ended: r.Ended, Result: r.Result,
	}
	if r.Cause != "" {
		e.Cause = errors.New(r.Cause)
	}
	return e
}

// audit is for when nothing has come for long: what is neither in the task
// stream nor, read after that, in the done log, is lost.
func (r *Run) audit(ctx context.Context, fold *protocol.Fold) error {
	for _, kind := range []string{"task", "suspect"} {
		info, err := r.c.store.tasks.Info(ctx, jetstream.WithSubjectFilter(fmt.Sprintf("skein.%s.%s.%s.>", shard, r.name, kind)))
		if err != nil {
			return fmt.Errorf("cluster: look for tasks of run %s: %w", r.name, err)
		}
		if len(info.State.Subjects) > 0 {
			return nil
		}
	}
	ended := protocol.Fold{}
	if err := r.read(ctx, func(rec *wireRecord) { ended.Take(rec.plan()) }); err != nil {
		return err
	}
	for _, id := range fold.Missing() {
		if ended.Has(id) {
			continue
		}
		if err := r.decide(ctx, id, Lost, "it is in neither stream"); err != nil {
			return err
		}
	}
	return nil
}

// callOff ends a run that was cancelled, and of which no worker answers. What a
// worker records even so comes first or too late, which is the same for all.
func (r *Run) callOff(ctx context.Context, fold *protocol.Fold, cause string) error {
	for _, kind := range []string{"task", "suspect"} {
		if err := r.c.store.tasks.Purge(ctx, jetstream.WithPurgeSubject(fmt.Sprintf("skein.%s.%s.%s.>", shard, r.name, kind))); err != nil {
			return fmt.Errorf("cluster: call off run %s: %w", r.name, err)
		}
	}
	for _, id := range fold.Missing() {
		if err := r.decide(ctx, id, Cancelled, cause); err != nil {
			return err
		}
	}
	return nil
}

// decide writes the record of a task that no worker has.
func (r *Run) decide(ctx context.Context, id protocol.ID, o Outcome, cause string) error {
	b := protocol.Batch{Of: protocol.Span{Submitter: id.Submitter, First: id.N, Last: id.N}}
	rec := wireRecord{Submitter: id.Submitter, N: id.N, Outcome: o, Ended: time.Now(), Cause: cause}
	return r.c.store.record(ctx, r.name, "_", b, wireRecords{Worker: r.c.name, Records: []wireRecord{rec}})
}

// record appends to the done log.
func (s *store) record(ctx context.Context, run, typ string, b protocol.Batch, w wireRecords) error {
	data, err := json.Marshal(w)
	if err == nil {
		_, err = s.publish(ctx, message(doneSubject(run, typ, b), data))
	}
	if err != nil {
		return fmt.Errorf("cluster: record outcomes of run %s: %w", run, err)
	}
	return nil
}
