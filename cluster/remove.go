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
	if err != nil || e.From != r.from || !e.there() {
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
	if mine, err := p.sweep(ctx, false); err != nil || !mine {
		return err
	}
	e, err := p.entry(ctx)
	if err != nil {
		return err
	}
	if e.From == p.from && e.Limit > 0 { // before somebody can open another one, which has them too
		for _, typ := range e.Types {
			p.c.store.tasks.DeleteConsumer(ctx, permit.LimitedConsumer(p.name, typ)) // it ends by itself too
		}
	}
	_, err = p.changeOwn(ctx, func(e *entry) error {
		*e = entry{Owner: e.Owner, From: e.Owner, Removed: true, Finished: time.Now(), revision: e.revision}
		return nil
	})
	if errors.Is(err, ErrRemoved) {
		return nil // somebody else was first
	}
	return err
}

// forget forgets that there was one, if nobody has written or forgotten it since.
func (p *place) forget(ctx context.Context, e *entry) error {
	err := p.c.store.runs.Delete(ctx, p.name, jetstream.LastRevision(e.revision))
	if codeOf(err) == wrongLastSequence {
		return nil
	}
	return err
}

// sweep removes the messages of what was opened, and none of another one of its
// name, which somebody may open at any moment once this one is removed: those that
// there are before the entry is read, and is still that of what was opened. Else
// it says that it is not, and removes nothing. Removed says that what is left is of
// one that was removed, which workers have written since that were cut off.
func (p *place) sweep(ctx context.Context, removed bool) (mine bool, err error) {
	var through [2]uint64
	streams := [2]jetstream.Stream{p.c.store.tasks, p.c.store.done}
	for i, stream := range [2]string{tasksStream, doneStream} {
		last, err := p.c.store.latest(ctx, stream, p.everything())
		if err != nil {
			return false, fmt.Errorf("cluster: remove %s: %w", p.name, err)
		}
		if last != nil { // else there is nothing to remove, as of most that were removed
			through[i] = last.Sequence
		}
	}
	e, err := p.entry(ctx)
	if err != nil || e.From != p.from || e.Removed != removed {
		return false, err
	}
	for i, stream := range streams {
		if through[i] == 0 {
			continue
		}
		kinds := [2][]string{append([]string{"gate"}, taskKinds...), {"done", "piece"}}[i]
		if err := p.purge(ctx, stream, through[i], kinds...); err != nil {
			return true, err
		}
	}
	return true, nil
}

// purge removes what a stream has of some kinds, up to a message of it.
func (p *place) purge(ctx context.Context, from jetstream.Stream, through uint64, kinds ...string) error {
	for _, kind := range kinds {
		if err := p.c.store.purge(ctx, from, p.subjects(kind), jetstream.WithPurgeSequence(through+1)); err != nil {
			return fmt.Errorf("cluster: remove what there is of %s: %w", p.name, err)
		}
	}
	return nil
}

// purge removes the messages of a subject. There may be a million, which takes the
// server a while; but one that leads no longer never answers, and is asked again.
func (s *store) purge(ctx context.Context, from jetstream.Stream, subject string, opts ...jetstream.StreamPurgeOpt) error {
	return s.insist(ctx, permit.API, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, opening)
		defer cancel()
		return from.Purge(ctx, append(opts, jetstream.WithPurgeSubject(subject))...)
	})
}

// forgetAfter is when it is forgotten that there was a run of a name, and which
// numbers its submitters had: nobody writes anything of it any more.
const forgetAfter = 30 * 24 * time.Hour

// Tidy removes the runs that have ended and are not to be kept any longer, and
// counts the outcomes of queues that are not: what [Keep] says. Waiting for a run
// does it too.
func (c *Client) Tidy(ctx context.Context) error {
	now, err := c.store.now(ctx)
	if err != nil {
		return err
	}
	return c.each(ctx, func(p *place, e *entry) error {
		old := now.Sub(e.changed) // nothing is written to it once the run has ended
		switch {
		case e.Queue:
			return (&Queue{place: *p}).tidy(ctx, e)
		case e.Removed:
			if mine, err := p.sweep(ctx, true); err != nil || !mine || old < forgetAfter {
				return err
			}
			return p.forget(ctx, e)
		case !e.Finished.IsZero() && old > e.Keep:
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
		return f(&place{c: c, name: kv.Key(), from: e.From}, e)
	})
}
