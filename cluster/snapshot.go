package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
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
	e, err := p.entry(ctx)
	if err != nil {
		return nil, err
	}
	if !e.there() || r.counts != nil && r.from != e.From {
		if news != nil {
			return nil, fmt.Errorf("%w: %s", ErrNotThere, p.name)
		}
		r.counts = nil // what is there now is another one
	}
	if r.counts == nil || e.Through > r.through { // others have counted more, and removed it
		r.reading, r.counts, r.from = reading{through: e.Through, types: e.Types}, Counts{}, e.From
		r.fold.Resume(e.Counted)
		if e.Queue {
			maps.Copy(r.counts, e.Counts)
		}
	}
	told := func(m *records, rec *wireRecord, ended bool) error {
		if ended {
			r.counts[rec.Outcome]++
		}
		if news != nil && rec.isNews(ended) {
			news(m.news(p, rec, ended))
		}
		return nil
	}
	if err := r.learn(ctx, p, e.Through+1, e.Types, told); err != nil {
		return nil, err
	}
	if there, err := p.anything(ctx, r.through); err != nil {
		return nil, err
	} else if !there {
		return p.told(ctx, e, r)
	}
	if err := p.readMessages(ctx, r.through+1, func(m *records) bool {
		r.take(m, told) // which has no error
		return true
	}); err != nil {
		return nil, err
	}
	return p.told(ctx, e, r)
}

// anything reports whether there are outcomes after a message of the done log.
// Who asks every second need not have the server make a reader each time. It
// asks the leader: a copy may be late.
func (p *place) anything(ctx context.Context, through uint64) (there bool, err error) {
	request, _ := json.Marshal(map[string]string{"last_by_subj": p.subjects("done")}) // strings
	var m *nats.Msg
	err = p.c.store.insist(ctx, permit.API, func(ctx context.Context) (err error) {
		ctx, cancel := context.WithTimeout(ctx, answer)
		defer cancel()
		m, err = p.c.nc.RequestWithContext(ctx, permit.API+"STREAM.MSG.GET."+permit.Done, request)
		return err
	})
	var last struct {
		Message struct {
			Sequence uint64 `json:"seq"`
		} `json:"message"`
		Error *jetstream.APIError `json:"error"`
	}
	if err == nil {
		err = json.Unmarshal(m.Data, &last)
	}
	if err == nil && last.Error != nil && last.Error.ErrorCode != jetstream.JSErrCodeMessageNotFound {
		err = last.Error
	}
	if err != nil {
		return false, fmt.Errorf("cluster: look for outcomes of %s: %w", p.name, err)
	}
	return last.Message.Sequence > through, nil
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
