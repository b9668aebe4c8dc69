package cluster

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// Snapshot is how far a run or queue is.
type Snapshot struct {
	Name      string
	Queue     bool
	Closed    bool  // nothing more is submitted
	Cancelled error // why it was cancelled; nil: it was not
	Finished  bool  // all have ended, and somebody who waited has seen it

	// Submitted is how many tasks there are, once that is known, else 0: before
	// a run is closed only who submits knows, and a queue never is.
	Submitted int

	Counts  Counts // of those that have ended
	Waiting int    // messages with tasks that have not, each of 1 to 256
	Late    int    // records that came for a task which had ended: it ran twice
	At      time.Time

	// Unread are records that this program cannot read, by the type of their
	// tasks: a newer one is among the workers.
	Unread []VersionError
}

// Left is how many have not ended, once it is known how many there are.
func (s *Snapshot) Left() int { return max(0, s.Submitted-s.Counts.Total()) }

// reader remembers how far a snapshot has read the done log, so that the next
// one reads only what is new.
type reader struct {
	mu sync.Mutex
	reading
	counts Counts
	from   int // of the run: one of its name that was removed had another
}

// Snapshot tells how far the run is. The first one reads its outcomes from the
// start, those that follow what has come since.
func (r *Run) Snapshot(ctx context.Context) (*Snapshot, error) {
	return r.place.snapshot(ctx, &r.reader, nil)
}

// snapshot tells news, if it is not nil, of what it reads.
func (p *place) snapshot(ctx context.Context, r *reader, news func(*News)) (*Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		e, err := p.entry(ctx)
		if err == nil {
			err = r.begin(p, e, news != nil)
		}
		from := r.through
		if err == nil {
			err = p.catchUp(ctx, r, e, news)
		}
		if err == nil && e.Queue { // or others have removed meanwhile what was to be read
			e, err = p.entry(ctx)
		}
		if err != nil {
			return nil, err
		}
		if e.Through <= from {
			return p.told(ctx, e, r)
		}
		r.counts = nil
	}
}

// begin begins anew, unless the entry says that what was read until now counts.
func (r *reader) begin(p *place, e *entry, news bool) error {
	if !e.there() || r.counts != nil && r.from != e.From {
		if news {
			return fmt.Errorf("%w: %s", ErrNotThere, p.name)
		}
		r.counts = nil // what is there now is another one
	}
	if r.counts == nil || e.Through > r.through { // others have counted more, and removed it
		r.reading, r.counts, r.from = e.reading(), Counts{}, e.From
		if e.Queue {
			maps.Copy(r.counts, e.Counts)
		}
	}
	return nil
}

// catchUp reads what has come since.
func (p *place) catchUp(ctx context.Context, r *reader, e *entry, news func(*News)) error {
	told := func(m *records, rec *wireRecord, ended bool) error {
		if ended {
			r.counts[rec.Outcome]++
		}
		if news != nil && rec.Submitter > r.fold.From && rec.isNews(ended) {
			news(m.news(p, rec, ended))
		}
		return nil
	}
	if err := r.learn(ctx, p, e.Through+1, e.Types, told); err != nil {
		return err
	}
	return p.readMessages(ctx, r.through+1, func(m *records) bool {
		r.take(m, told) // which has no error
		return true
	})
}

// told is what is known once the log has been read.
func (p *place) told(ctx context.Context, e *entry, r *reader) (s *Snapshot, err error) {
	s = &Snapshot{
		Name: p.name, Queue: e.Queue, Closed: e.Sealed != nil, Cancelled: e.cause(), Finished: !e.Finished.IsZero(),
		Counts: maps.Clone(r.counts), Late: r.fold.Late, At: time.Now(), Unread: r.unread.all(),
	}
	for _, n := range e.Sealed {
		s.Submitted += n
	}
	s.Waiting, err = p.waiting(ctx)
	return s, err
}
