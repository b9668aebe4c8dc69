package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

// News is a record of how an attempt of a task ended.
type News struct {
	Ended

	// Last says that the task has ended with it. Else there will be another
	// attempt or, if Again is set, the task had ended and was submitted again.
	Last, Again bool

	Recorded time.Time // by the server's clock, which no worker can set
	At       uint64    // where [Run.Record] finds it
}

// News is [Run.Snapshot], and on the way tells each record that no call of either
// had read before, in order, from the first that is kept. Where ctx ends it early
// the next call goes on, so that a run of millions can be read in parts. f must
// not call methods of the run. The error is [ErrNotThere] if the run was removed
// meanwhile, also where there is another one of its name.
func (r *Run) News(ctx context.Context, f func(*News)) (*Snapshot, error) {
	return r.place.snapshot(ctx, &r.reader, f)
}

// News is [Queue.Snapshot], as [Run.News] is of a run. Outcomes that are not kept
// any more are counted, and told to nobody.
func (q *Queue) News(ctx context.Context, f func(*News)) (*Snapshot, error) {
	return q.place.snapshot(ctx, &q.reader, f)
}

// Record reads a record again: what the task's was at [News.At]. Who looks at
// many tasks need not keep their arguments.
func (r *Run) Record(ctx context.Context, at uint64, task ID) (Ended, error) {
	return r.place.record(ctx, at, task)
}

// Record reads a record again, as [Run.Record] does.
func (q *Queue) Record(ctx context.Context, at uint64, task ID) (Ended, error) {
	return q.place.record(ctx, at, task)
}

// news is what a record says.
func (m *records) news(p *place, rec *wireRecord, ended bool) *News {
	return &News{
		Ended: rec.ended(p, m.typ, m.Worker), Last: ended, Again: rec.Outcome == protocol.Resubmitted,
		Recorded: m.when, At: m.sequence,
	}
}

// isNews reports whether a record tells something: not if the task had ended.
func (r *wireRecord) isNews(ended bool) bool {
	return ended || r.Outcome == protocol.Retried || r.Outcome == protocol.Resubmitted
}

func (p *place) record(ctx context.Context, at uint64, task ID) (Ended, error) {
	m, err := p.c.store.get(ctx, doneStream, map[string]any{"seq": at})
	if err == nil && (m == nil || wordsOf(m.Subject).run() != p.name) {
		err = jetstream.ErrMsgNotFound
	}
	var all wireRecords
	if err == nil {
		err = all.parse(m.Subject, m.Header, m.Data)
	}
	if err != nil {
		return Ended{}, fmt.Errorf("cluster: read how task %s of %s ended: %w", task, p.name, err)
	}
	typ := wordsOf(m.Subject).typ()
	for i := range all.Records {
		if rec := &all.Records[i]; ID(rec.plan(typ).ID) == task && rec.isNews(rec.Outcome.Ends()) {
			return rec.ended(p, typ, all.Worker), nil
		}
	}
	return Ended{}, fmt.Errorf("cluster: task %s of %s did not end there", task, p.name)
}

// HasEnded reports whether a task has ended, as far as News and [Run.Snapshot]
// have read. What workers tell of themselves may be some seconds old.
func (r *Run) HasEnded(task ID) bool { return r.reader.has(task) }

// HasEnded reports whether a task has ended, as [Run.HasEnded] does.
func (q *Queue) HasEnded(task ID) bool { return q.reader.has(task) }

func (r *reader) has(task ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fold.Has(protocol.ID(task))
}
