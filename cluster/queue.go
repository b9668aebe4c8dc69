package cluster

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"example.com/skein/cluster/internal/protocol"
)

// Queue takes tasks for ever: it has no end, and nobody waits for all of it. Any
// number of programs may have it open and submit. Its methods may be called by
// several goroutines at the same time.
type Queue struct {
	place
	reader reader
}

// QueueOption says how to open a queue.
type QueueOption interface{ ofQueue(*queueConfig) }

type queueConfig struct {
	keep    time.Duration
	observe bool
}

const (
	keepRuns     = 7 * 24 * time.Hour
	keepOutcomes = 7 * 24 * time.Hour
)

// KeepOption is what [Keep] gives: an option of queues and of runs.
type KeepOption func() time.Duration

func (f KeepOption) ofQueue(c *queueConfig) { c.keep = f() }
func (f KeepOption) ofRun(c *runConfig)     { c.keep = f() }

// Keep is how long outcomes are kept, of a queue since each came, of a run since
// all have: a week unless it is given. Then a queue only counts them, and a run
// is removed, when somebody opens one or waits for one. It panics if d is not
// more than 0.
func Keep(d time.Duration) KeepOption {
	if d <= 0 {
		panic("cluster: Keep: no time at all")
	}
	return func() time.Duration { return d }
}

// Queue opens the queue of that name, or makes it. What it was opened with last
// holds for it.
func (c *Client) Queue(ctx context.Context, name string, opts ...QueueOption) (*Queue, error) {
	if err := checkName("queue", name); err != nil {
		return nil, err
	}
	if c.onlyWork {
		return nil, errOnlyWorks
	}
	config := queueConfig{}
	for _, opt := range opts {
		opt.ofQueue(&config)
	}
	q := &Queue{place: place{c: c, name: name}}
	if config.observe {
		e, err := q.observe(ctx, true)
		if err != nil {
			return nil, err
		}
		q.from = e.From
		return q, nil
	}
	e, err := q.change(ctx, func(e *entry) error {
		if e.Removed {
			*e = entry{Owner: e.Owner, From: e.Owner, revision: e.revision}
		}
		if e.Owner > e.From && !e.Queue {
			return fmt.Errorf("cluster: %s is a run, not a queue", name)
		}
		if config.keep > 0 {
			e.Keep = config.keep
		} else if e.Keep == 0 {
			e.Keep = keepOutcomes
		}
		e.Queue, e.Lease = true, c.store.lease
		e.Owner++ // a number for each who submits: nobody else has tasks of it
		return nil
	})
	if err != nil {
		return nil, err
	}
	q.from = e.From
	q.submitter = &submitter{place: &q.place, number: e.Owner, free: true}
	return q, q.tidy(ctx, e)
}

// Outcomes gives how each task ended, once, in the order in which they did,
// from the first that is kept, and then goes on with those that come, until ctx
// is done: then ctx's cause comes last.
func (q *Queue) Outcomes(ctx context.Context) iter.Seq2[Ended, error] { return q.outcomes(ctx) }

func (q *Queue) outcomes(ctx context.Context) iter.Seq2[Ended, error] {
	return func(yield func(Ended, error) bool) {
		if err := q.follow(ctx, yield); err != nil && !errors.Is(err, errLeft) {
			yield(Ended{}, err)
		}
	}
}

func (q *Queue) follow(ctx context.Context, yield func(Ended, error) bool) error {
	e, err := q.entry(ctx)
	if err != nil {
		return err
	}
	from := e.Through + 1
	l, err := q.openLog(ctx, q.subjects("done"), from)
	if err != nil {
		return err
	}
	defer l.stop()
	r := e.reading()
	told := func(m *records, rec *wireRecord, ended bool) error {
		if ended && !yield(rec.ended(&q.place, m.typ, m.Worker), nil) {
			return errLeft
		}
		return nil
	}
	for looked := time.Now(); ; {
		m, err := l.next(ctx, look)
		known := true
		if err == nil && m != nil {
			known, err = r.take(m, told)
		}
		if err != nil {
			return err
		}
		since := time.Since(looked)
		if since < soon || known && !(len(r.passed) > 0 && since > look) {
			continue
		}
		looked = time.Now() // perhaps it has just been announced
		if e, err = q.entry(ctx); err == nil {
			err = r.learn(ctx, &q.place, from, e.Types, told)
		}
		if err != nil {
			return err
		}
	}
}

// Snapshot tells how far the queue is; what was counted and is not kept any more
// is in it.
func (q *Queue) Snapshot(ctx context.Context) (*Snapshot, error) {
	return q.place.snapshot(ctx, &q.reader, nil)
}

// tidy counts the outcomes that are older than is kept, and removes them. Counts
// and how far they go are written in one step, before anything is removed: who
// goes on after a crash counts nothing twice, and removes what was left.
func (q *Queue) tidy(ctx context.Context, e *entry) error {
	fold := protocol.Fold{From: q.from}
	fold.Resume(e.counted())
	counts, from, through := Counts{}, e.Through, e.Through
	met := map[protocol.Series]bool{}
	left := false
	var results []large
	now, err := q.c.store.now(ctx)
	if err != nil {
		return err
	}
	limit := now.Add(-e.Keep)
	err = q.readMessages(ctx, 0, func(m *records) bool {
		counted := m.sequence <= from
		if !counted && (m.when.After(limit) || m.newer > 0 && e.has(m.typ) && m.when.After(limit.Add(-turnAfter))) {
			return false // a newer skein may count what we cannot read; it has a week for that
		}
		for i := range m.Records {
			rec := &m.Records[i]
			if !counted && e.has(m.typ) && fold.Take(rec.plan(m.typ)) {
				counts[rec.Outcome]++
				met[rec.plan(m.typ).ID.Series()] = true
			}
			if l, err := parseLarge(rec.Object, q.name, ID(rec.plan(m.typ).ID)); err == nil {
				results = append(results, l)
			}
		}
		left = left || counted
		through = max(through, m.sequence)
		return true
	})
	if err != nil || through == from && !left {
		return err
	}
	e, err = q.changeOwn(ctx, func(e *entry) error {
		if e.Through != from || through == from {
			return errUnchanged // somebody else did it, or it was done
		}
		if e.Counts == nil {
			e.Counts = Counts{}
		}
		for o, n := range counts {
			e.Counts[o] += n
		}
		e.Through = through
		e.count(fold.Counted(), met, now)
		return nil
	})
	if err != nil {
		return err
	}
	if e.Through < through {
		return nil // somebody else has counted less, and removes that
	}
	for _, l := range results {
		if err := q.c.store.purge(ctx, q.c.store.done, l.subject+".*"); err != nil {
			return fmt.Errorf("cluster: remove the results of %s: %w", q.name, err)
		}
	}
	return q.purge(ctx, q.c.store.done, through, "done") // after the results, which are found by these
}
