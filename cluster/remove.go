package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// ErrRunning is why a run was not removed: not all of its tasks have ended.
var ErrRunning = errors.New("cluster: not all tasks of the run have ended; cancel it and wait for it first")

// Delete removes a run of which all tasks have ended, as [Run.Wait] has seen, and
// all that is known of it. Else it is [ErrRunning]. A run of that name that is
// opened later is another one.
func (r *Run) Delete(ctx context.Context) error {
	e, err := r.entry(ctx)
	if err != nil || e.Removed || e.Owner == e.From {
		return err
	}
	if e.Finished.IsZero() {
		return ErrRunning
	}
	return r.remove(ctx)
}

// ErrRemoved is why somebody waits in vain: the run was removed meanwhile.
var ErrRemoved = errors.New("cluster: the run was removed")

// Discard removes the run and all that is known of it, whether its tasks have
// ended or not: those that have not are not run any more, and those that run are
// told to end. Who waits for it gets [ErrRemoved]. It is for who has all outcomes
// that are wanted.
func (r *Run) Discard(ctx context.Context) error {
	if err := r.cancel(ctx, ErrRemoved); err != nil {
		return err
	}
	return r.remove(ctx)
}

// remove removes what there is of a run, and last its entry, so that who is
// interrupted begins again. The numbers of its submitters are not used again:
// what a worker that was cut off still writes is no task of a later run.
func (p *place) remove(ctx context.Context) error {
	if err := p.purgeTasks(ctx); err != nil {
		return err
	}
	if err := p.c.store.tasks.Purge(ctx, jetstream.WithPurgeSubject(p.subjects("gate"))); err != nil {
		return fmt.Errorf("cluster: remove the gates of %s: %w", p.name, err)
	}
	if err := p.purgeDone(ctx, 0); err != nil {
		return err
	}
	if err := p.c.store.done.Purge(ctx, jetstream.WithPurgeSubject(p.subjects("piece"))); err != nil {
		return fmt.Errorf("cluster: remove the results of %s: %w", p.name, err)
	}
	e, err := p.change(ctx, func(e *entry) error {
		*e = entry{Owner: e.Owner, From: e.Owner, Limit: e.Limit, Types: e.Types, Removed: true, Finished: time.Now(), revision: e.revision}
		return nil
	})
	if err != nil {
		return err
	}
	if e.Limit > 0 {
		for _, typ := range e.Types {
			p.c.store.tasks.DeleteConsumer(ctx, permit.LimitedConsumer(p.name, typ)) // it ends by itself too
		}
	}
	return nil
}

// purgeDone removes the outcomes up to a message of the done log; 0: all.
func (p *place) purgeDone(ctx context.Context, through uint64) error {
	opts := []jetstream.StreamPurgeOpt{jetstream.WithPurgeSubject(p.subjects("done"))}
	if through > 0 {
		opts = append(opts, jetstream.WithPurgeSequence(through+1))
	}
	if err := p.c.store.done.Purge(ctx, opts...); err != nil {
		return fmt.Errorf("cluster: remove the outcomes of %s: %w", p.name, err)
	}
	return nil
}

// forgetAfter is when it is forgotten that there was a run of a name, and which
// numbers its submitters had: nobody writes anything of it any more.
const forgetAfter = 30 * 24 * time.Hour

// Tidy removes the runs that have ended and are not to be kept any longer, and
// counts the outcomes of queues that are not: what [Keep] says. Waiting for a run
// does it too.
func (c *Client) Tidy(ctx context.Context) error {
	return c.each(ctx, func(p *place, e *entry) error {
		switch {
		case e.Queue:
			return (&Queue{place: *p}).tidy(ctx, e)
		case e.Removed:
			// What workers that were cut off have written since.
			if err := p.purgeDone(ctx, 0); err != nil || time.Since(e.Finished) < forgetAfter {
				return err
			}
			return p.c.store.runs.Delete(ctx, p.name, jetstream.LastRevision(e.revision))
		case !e.Finished.IsZero() && time.Since(e.Finished) > e.Keep:
			return p.remove(ctx)
		}
		return nil
	})
}

// tidyEvery is how often a client tidies up that waits for one run after the
// other.
const tidyEvery = time.Hour

func (c *Client) tidyNowAndThen(ctx context.Context) {
	c.mu.Lock()
	due := time.Since(c.tidied) > tidyEvery
	if due {
		c.tidied = time.Now()
	}
	c.mu.Unlock()
	if due {
		c.Tidy(ctx) // who may not, or cannot now, leaves it to others
	}
}

// each calls f for each run and queue.
func (c *Client) each(ctx context.Context, f func(*place, *entry) error) error {
	return eachKey(ctx, c.store.runs, "runs", func(kv jetstream.KeyValueEntry) error {
		e, err := parseEntry(kv)
		if err != nil {
			return nil // garbage is no run
		}
		return f(&place{c: c, name: kv.Key()}, e)
	})
}
