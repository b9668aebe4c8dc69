package cluster

import (
	"context"
	"time"

	"example.com/skein/cluster/internal/protocol"
)

// look is how often a waiter looks whether the run was closed meanwhile.
const look = 200 * time.Millisecond

// follower gives the outcomes of a run as they come.
type follower struct {
	*Run
	log    *log
	fold   protocol.Fold
	sealed bool
	heard  time.Time // when something came last
	hinted time.Time // when workers were told of a run with a limit
	yield  func(Ended, error) bool
}

func (r *Run) follow(ctx context.Context, yield func(Ended, error) bool) error {
	l, err := r.openLog(ctx, 0)
	if err != nil {
		return err
	}
	defer l.stop()
	f := follower{Run: r, log: l, fold: protocol.Fold{From: r.from}, heard: time.Now(), yield: yield}
	for {
		if err := f.lookAtEntry(ctx); err != nil || f.fold.Done() {
			return err
		}
		if err := f.take(ctx); err != nil || f.fold.Done() {
			return err
		}
		if err := f.remind(ctx); err != nil {
			return err
		}
		if time.Since(f.heard) > 2*r.c.store.lease {
			if err := f.askAround(ctx); err != nil {
				return err
			}
		}
	}
}

// lookAtEntry learns whether the run was closed.
func (f *follower) lookAtEntry(ctx context.Context) error {
	if f.sealed {
		return nil
	}
	e, err := f.entry(ctx)
	if err != nil {
		return err
	}
	if e.From != f.from {
		return ErrRemoved
	}
	if f.sealed = e.Sealed != nil; f.sealed {
		f.fold.Seal(e.Sealed)
	}
	return nil
}

// remind tells workers of a run with a limit, now and then: those that have come
// since may have no right to list the runs. The run's queues are there again then,
// if they have gone as no worker came for long.
func (f *follower) remind(ctx context.Context) error {
	if f.submitter.limit == 0 || time.Since(f.hinted) <= f.c.store.lease {
		return nil
	}
	f.hinted = time.Now()
	e, err := f.entry(ctx)
	if err != nil {
		return err
	}
	for _, typ := range e.Types {
		if err := f.c.store.limitedQueue(ctx, f.name, typ, f.submitter.limit); err != nil {
			return err
		}
	}
	f.hint()
	return nil
}

// take takes what comes, until the entry is to be looked at, or nothing does.
func (f *follower) take(ctx context.Context) error {
	for began := time.Now(); !f.fold.Done() && (f.sealed || time.Since(began) < look); {
		m, err := f.log.next(ctx, look)
		if err != nil || m == nil {
			return err
		}
		f.heard = time.Now()
		for i := range m.Records {
			rec := &m.Records[i]
			if !f.fold.Take(rec.plan()) {
				continue
			}
			// Workers do it too, as far as they may.
			if err := f.enforce(ctx, f.policy, ID{rec.Submitter, rec.N}, rec.Outcome); err != nil {
				return err
			}
			if !f.yield(rec.ended(&f.place, m.typ, m.Worker), nil) {
				return errLeft
			}
		}
	}
	return nil
}

// askAround is for when nothing has come for long.
func (f *follower) askAround(ctx context.Context) error {
	f.heard = time.Now()
	e, err := f.entry(ctx)
	switch {
	case err != nil:
		return err
	case e.From != f.from:
		return ErrRemoved
	case e.Cancelled && e.Sealed == nil:
		return f.Close(ctx) // nothing more is accepted: what there is, is all
	case e.Cancelled:
		return f.callOff(ctx, &f.fold, e)
	case f.sealed:
		return f.audit(ctx, f.fold.Missing)
	}
	accepted := f.submitter.accepted()
	return f.audit(ctx, func() []protocol.ID { return f.fold.MissingOf(accepted) })
}
