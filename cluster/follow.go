package cluster

import (
	"context"
	"errors"
	"time"

	"example.com/skein/cluster/internal/protocol"
)

// look is how often a waiter looks whether the run was closed meanwhile.
const look = 200 * time.Millisecond

// follower gives the outcomes of a run as they come.
type follower struct {
	*Run
	reading
	log    *log
	sealed bool
	looked time.Time // when the entry was looked at, or would have been
	heard  time.Time // when something came last
	hinted time.Time // when workers were told of a run with a limit
	told   taker
}

func (r *Run) follow(ctx context.Context, yield func(Ended, error) bool) error {
	l, err := r.openLog(ctx, r.subjects("done"), 0)
	if err != nil {
		return err
	}
	defer l.stop()
	f := follower{Run: r, log: l, heard: time.Now()}
	f.fold.From = r.from
	f.told = func(m *records, rec *wireRecord, ended bool) error {
		if !ended {
			return nil
		}
		// Workers do it too, as far as they may.
		if err := f.enforce(ctx, f.policy, ID(rec.plan(m.typ).ID), rec.Outcome); err != nil {
			return err
		}
		if !yield(rec.ended(&f.place, m.typ, m.Worker), nil) {
			return errLeft
		}
		return nil
	}
	for {
		if err := f.lookAtEntry(ctx); err != nil || f.fold.Done() {
			return err
		}
		if err := f.listen(ctx); err != nil || f.fold.Done() {
			return err
		}
		if err := f.remind(ctx); err != nil {
			return err
		}
		if time.Since(f.heard) > 2*r.c.store.lease {
			if err := f.askAround(ctx); err != nil && !errors.Is(err, errBehind) {
				return err
			}
		}
	}
}

// lookAtEntry learns which types there are, and whether the run was closed: after
// that both stay as they are.
func (f *follower) lookAtEntry(ctx context.Context) error {
	f.looked = time.Now()
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
	return f.learn(ctx, &f.place, 0, e.Types, f.told)
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

// listen takes what comes, until the entry is to be looked at, or nothing does. It
// ends then once the run is sealed, too: what a worker for other types writes must
// not keep those who wait from all else.
func (f *follower) listen(ctx context.Context) error {
	for !f.fold.Done() && time.Since(f.looked) < look {
		m, err := f.log.next(ctx, look)
		if err != nil || m == nil {
			return err
		}
		known, err := f.take(m, f.told)
		if err != nil {
			return err
		}
		if known {
			f.heard = time.Now()
		} else if !f.sealed && time.Since(f.looked) > soon {
			return nil // perhaps it has just been announced
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
		return f.callOff(ctx, &f.reading, e)
	case f.sealed:
		return f.audit(ctx, f.fold.Missing)
	}
	accepted := f.submitter.accepted()
	return f.audit(ctx, func() []protocol.ID { return f.fold.MissingOf(accepted) })
}
