package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/protocol"
)

// Target is what takes tasks: a [*Run] or a [*Queue].
type Target interface {
	// Name is what it was opened by.
	Name() string

	submitting() *submitter
	outcomes(context.Context) iter.Seq2[Ended, error]
}

// place is where the tasks of a run or queue are.
type place struct {
	c         *Client
	name      string
	from      int // the entry's when it was opened: another one says that this was removed
	submitter *submitter
}

// Name is what it was opened by.
func (p *place) Name() string { return p.name }

func (p *place) submitting() *submitter { return p.submitter }

// entry is what SKEIN_RUNS has of a run or queue.
type entry struct {
	Owner int  `json:"owner"`          // how many submitters there were; the last one's number
	From  int  `json:"from,omitempty"` // those up to it are of a run of this name that was removed
	Shut  int  `json:"shut,omitempty"` // the gates of those up to it are closed; from From on
	Queue bool `json:"queue,omitempty"`

	// Lease is what its owner has said that it is. Workers renew theirs in time
	// for the shortest that they have met.
	Lease time.Duration `json:"lease,omitempty"`

	Policy string        `json:"policy,omitempty"`
	Limit  int           `json:"limit,omitempty"`
	Types  []string      `json:"types,omitempty"` // those that it has tasks of
	Keep   time.Duration `json:"keep,omitempty"`

	Closing   bool              `json:"closing,omitempty"` // no submitter is added
	Cancelled bool              `json:"cancelled,omitempty"`
	Cause     string            `json:"cause,omitempty"`
	CauseType string            `json:"cause_type,omitempty"`
	Sealed    protocol.Accepted `json:"sealed,omitzero"` // how many tasks there are; nil: it is not known yet

	Finished time.Time `json:"finished,omitzero"` // all have ended, and somebody has seen it
	Counts   Counts    `json:"counts,omitempty"`  // how, then; of a queue, of the outcomes that are not kept any more
	Removed  bool      `json:"removed,omitempty"` // nothing is left of it but this

	// Of a queue, the outcomes that are counted and not kept any more: up to
	// which message of the done log, and whose: see count.
	Through uint64                            `json:"through,omitempty"`
	Counted protocol.BySeries[protocol.Spans] `json:"counted,omitempty"`
	Before  protocol.BySeries[protocol.Spans] `json:"before,omitempty"`
	Turned  time.Time                         `json:"turned,omitzero"`

	revision uint64
	changed  time.Time // by the server's clock
}

// has reports whether there may be tasks of a type. Who submits says so before
// the first of them is anywhere, so a record of another type is invented: by a
// worker, whose key may be limited to that type.
func (e *entry) has(typ string) bool { return slices.Contains(e.Types, typ) }

// firstGate is the number of the first submitter whose gate may not be closed.
func (e *entry) firstGate() int { return max(e.From, e.Shut) + 1 }

func (e *entry) cause() error {
	if !e.Cancelled {
		return nil
	}
	return &Cause{e.Cause, e.CauseType}
}

// entry reads it; one that is not there is an empty one, with the revision of
// what was there before it. It is as new as the newest that was read or written
// here lately: a server that was cut off while it led may have an older one.
func (p *place) entry(ctx context.Context) (*entry, error) {
	for {
		least := p.c.store.revisions.newest(p.name)
		m, err := p.c.store.latest(ctx, permit.RunsStream, permit.RunsSubject+p.name)
		e := new(entry)
		if err == nil && m != nil {
			e.revision, e.changed = m.Sequence, m.Time
			if m.Header.Get("KV-Operation") == "" { // else it was deleted
				err = json.Unmarshal(m.Data, e)
			}
		}
		if err == nil && e.revision >= least {
			p.c.store.revisions.note(p.name, e.revision)
			return e, nil
		}
		if err == nil {
			if err = sleep(ctx, look); err == nil {
				continue
			}
			err = fmt.Errorf("%w (%w)", err, errBehind)
		}
		return nil, fmt.Errorf("cluster: read the entry of %s: %w", p.name, err)
	}
}

func parseEntry(kv jetstream.KeyValueEntry) (*entry, error) {
	e := &entry{revision: kv.Revision(), changed: kv.Created()}
	return e, json.Unmarshal(kv.Value(), e)
}

// errUnchanged ends a change without a new entry.
var errUnchanged = errors.New("nothing to change")

// change has f change the entry, and writes it if nobody else has meanwhile: else
// f is asked again, with what that was.
func (p *place) change(ctx context.Context, f func(*entry) error) (*entry, error) {
	for {
		e, err := p.entry(ctx)
		if err != nil {
			return nil, err
		}
		if err := f(e); err != nil {
			if errors.Is(err, errUnchanged) {
				err = nil
			}
			return e, err
		}
		err = p.write(ctx, e)
		switch code := codeOf(err); {
		case err == nil:
			return e, nil
		case code != wrongLastSequence && code != conditionInFlight:
			return nil, fmt.Errorf("cluster: write the entry of %s: %w", p.name, err)
		}
	}
}

// write writes an entry over the one that it was made from. While there is no
// answer it goes on: if the first was written and not heard of, the next is
// refused, and the entry read again.
func (p *place) write(ctx context.Context, e *entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return p.c.store.insist(ctx, permit.RunsSubject, func(ctx context.Context) error {
		brief, cancel := context.WithTimeout(ctx, answer)
		defer cancel()
		revision, err := p.c.store.runs.Update(brief, p.name, b, e.revision)
		if err == nil {
			e.revision = revision
			p.c.store.revisions.note(p.name, revision)
		} else if ctx.Err() == nil {
			err = p.c.store.unanswered(ctx, err)
		}
		return err
	})
}

// changeOwn is change for who has opened the place: the error is [ErrRemoved] if
// what he has opened was removed, also if there is another one of its name.
func (p *place) changeOwn(ctx context.Context, f func(*entry) error) (*entry, error) {
	return p.change(ctx, func(e *entry) error {
		if e.From != p.from {
			return ErrRemoved
		}
		return f(e)
	})
}

// subjects are those of the place's tasks of a kind.
func (p *place) subjects(kind string) string {
	return fmt.Sprintf("skein.%s.%s.%s.>", shard, p.name, kind)
}

// everything are the subjects of all that there is of it.
func (p *place) everything() string { return fmt.Sprintf("skein.%s.%s.>", shard, p.name) }

// hint has workers look at the entry. It may be lost: they look by themselves
// too.
func (p *place) hint() { _ = p.c.nc.Publish(control(p.name), nil) }
