package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

// ErrRemoved is why a run cannot be looked at: there is none of that name, or
// another one by now.
var ErrRemoved = errors.New("cluster: there is no such run or queue any more")

// View looks at a run or queue and takes no part in it: it takes nothing over,
// submits nothing, and is no reason for a submitter to be counted. Its methods
// may be called by several goroutines at the same time.
type View struct {
	place
	reader reader

	mu   sync.Mutex
	from int // of the entry when it was first seen
}

// News is a record of how an attempt of a task ended.
type News struct {
	Ended

	// Last says that the task has ended with it. Else there will be another
	// attempt or, if Again is set, the task had ended and was submitted again.
	Last, Again bool

	Recorded time.Time // by the server's clock, which no worker can set
	At       uint64    // where [View.Read] finds it
}

// View gives a view of the run or queue of that name. It does not ask the server
// whether there is one: what the view is asked does.
func (c *Client) View(name string) (*View, error) {
	if err := checkName("run", name); err != nil {
		return nil, err
	}
	if c.onlyWork {
		return nil, errOnlyWorks
	}
	return &View{place: place{c: c, name: name}}, nil
}

// Snapshot tells how far the run or queue is, as [Run.Snapshot] does. On the way
// news, if it is not nil, is called for each record that no call had before, in
// order, from the first that is kept. Where ctx ends it early the next call goes
// on. The error is [ErrRemoved] if the run was removed since the view was made.
func (v *View) Snapshot(ctx context.Context, news func(*News)) (*Snapshot, error) {
	if err := v.same(ctx); err != nil {
		return nil, err
	}
	return v.place.snapshot(ctx, &v.reader, news)
}

func (v *View) same(ctx context.Context) error {
	e, err := v.entry(ctx)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if e.Removed || e.Owner == e.From || v.from > 0 && v.from != e.From+1 {
		return ErrRemoved
	}
	v.from = e.From + 1 // so that 0 is none
	return nil
}

// news is what a record says.
func (m *records) news(p *place, rec *wireRecord, ended bool) *News {
	return &News{
		Ended: rec.ended(p, m.typ, m.Worker), Last: ended, Again: rec.Outcome == protocol.Resubmitted,
		Recorded: m.when, At: m.sequence,
	}
}

// isNews says whether a record tells something, for all that has been read.
func (rec *wireRecord) isNews(ended bool) bool {
	return ended || rec.Outcome == protocol.Retried || rec.Outcome == protocol.Resubmitted
}

// Read reads a record again: that of the task at [News.At]. It has all of the
// task's arguments, so that [Run.Resubmit] takes it.
func (v *View) Read(ctx context.Context, at uint64, task ID) (Ended, error) {
	m, err := v.c.store.done.GetMsg(ctx, at)
	if err == nil && wordsOf(m.Subject).run() != v.name {
		err = jetstream.ErrMsgNotFound
	}
	var all wireRecords
	if err == nil {
		err = json.Unmarshal(m.Data, &all)
	}
	if err != nil {
		return Ended{}, fmt.Errorf("cluster: read how task %s of %s ended: %w", task, v.name, err)
	}
	for i := range all.Records {
		if rec := &all.Records[i]; rec.Submitter == task.Submitter && rec.N == task.N && rec.isNews(rec.Outcome.Ends()) {
			return rec.ended(&v.place, wordsOf(m.Subject).typ(), all.Worker), nil
		}
	}
	return Ended{}, fmt.Errorf("cluster: task %s of %s did not end there", task, v.name)
}

// Cancel stops the run, as [Run.Cancel] does. To cancel a queue is not possible.
func (v *View) Cancel(ctx context.Context, cause error) error {
	e, err := v.entry(ctx)
	if err == nil && e.Queue {
		err = fmt.Errorf("cluster: %s is a queue, which has no end", v.name)
	}
	if err == nil {
		err = v.same(ctx)
	}
	if err != nil {
		return err
	}
	return v.cancel(ctx, cause)
}

// Listed is what the list of runs and queues has of one.
type Listed struct {
	Name      string
	Queue     bool
	Closed    bool // nothing more is submitted
	Cancelled bool
	Finished  time.Time // when somebody saw that all have ended; zero: nobody has
	Limit     int       // of tasks of each type at a time; 0: none
	Submitted int       // 0 until the run is closed
	Counts    Counts    // of a finished run; of a queue, of what is not kept any more
	Changed   time.Time // when one of these was last written
}

// List lists the runs and queues: first those that have not finished, then those
// that have last changed. It reads no outcomes.
func (c *Client) List(ctx context.Context) (all []Listed, err error) {
	if c.onlyWork {
		return nil, errOnlyWorks
	}
	w, err := c.store.runs.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("cluster: list the runs: %w", err)
	}
	defer w.Stop()
	for kv := range w.Updates() {
		if kv == nil {
			slices.SortFunc(all, Listed.compare)
			return all, nil
		}
		e, err := parseEntry(kv)
		if err != nil || e.Removed || e.Owner == e.From {
			continue
		}
		one := Listed{
			Name: kv.Key(), Queue: e.Queue, Closed: e.Closing, Cancelled: e.Cancelled, Finished: e.Finished,
			Limit: e.Limit, Counts: e.Counts, Changed: kv.Created(),
		}
		for _, n := range e.Sealed {
			one.Submitted += n
		}
		all = append(all, one)
	}
	return nil, context.Cause(ctx)
}

func (l Listed) compare(other Listed) int {
	switch over, otherOver := !l.Finished.IsZero(), !other.Finished.IsZero(); {
	case !over && otherOver:
		return -1
	case over && !otherOver:
		return 1
	}
	return cmp.Or(other.Changed.Compare(l.Changed), cmp.Compare(l.Name, other.Name))
}

// OnlyWorks reports whether the client can do nothing but work: see [OnlyWork]
// and [WithKey].
func (c *Client) OnlyWorks() bool { return c.onlyWork }
