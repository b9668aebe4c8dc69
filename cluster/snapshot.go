package cluster

import (
	"context"
	"maps"
	"sync"
	"time"

	"example.com/skein/cluster/internal/protocol"
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
	Waiting int    // messages with tasks that have not, each of 1 to 64
	Late    int    // records that came for a task which had ended: it ran twice
	At      time.Time
}

// Left is how many have not ended, once it is known how many there are.
func (s *Snapshot) Left() int { return max(0, s.Submitted-s.Counts.Total()) }

// reader remembers how far a snapshot has read the done log, so that the next
// one reads only what is new.
type reader struct {
	mu      sync.Mutex
	fold    protocol.Fold
	through uint64
	counts  Counts
}

// Snapshot tells how far the run is. The first one reads its outcomes from the
// start, those that follow what has come since.
func (r *Run) Snapshot(ctx context.Context) (*Snapshot, error) {
	return r.place.snapshot(ctx, &r.reader)
}

func (p *place) snapshot(ctx context.Context, r *reader) (*Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, err := p.entry(ctx)
	if err != nil {
		return nil, err
	}
	if r.counts == nil || e.Through > r.through { // others have counted more, and removed it
		r.fold, r.counts, r.through = protocol.Fold{}, Counts{}, e.Through
		r.fold.Resume(e.Counted)
		if e.Queue {
			maps.Copy(r.counts, e.Counts)
		}
	}
	if err := p.readMessages(ctx, r.through+1, func(m *records) bool {
		for i := range m.Records {
			if f := &m.Records[i]; r.fold.Take(f.plan()) {
				r.counts[f.Outcome]++
			}
		}
		r.through = m.sequence
		return true
	}); err != nil {
		return nil, err
	}
	s := &Snapshot{
		Name: p.name, Queue: e.Queue, Closed: e.Sealed != nil, Cancelled: e.cause(), Finished: !e.Finished.IsZero(),
		Counts: maps.Clone(r.counts), Late: r.fold.Late, At: time.Now(),
	}
	for _, n := range e.Sealed {
		s.Submitted += n
	}
	s.Waiting, err = p.waiting(ctx)
	return s, err
}
