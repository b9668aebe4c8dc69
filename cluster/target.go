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
	submitter *submitter
}

// Name is what it was opened by.
func (p *place) Name() string { return p.name }

func (p *place) submitting() *submitter { return p.submitter }

// entry is what SKEIN_RUNS has of a run or queue.
type entry struct {
	Owner int  `json:"owner"`          // how many submitters there were; the last one's number
	From  int  `json:"from,omitempty"` // those up to it are of a run of this name that was removed
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
	// which message of the done log, and whose.
	Through uint64                            `json:"through,omitempty"`
	Counted protocol.BySeries[protocol.Spans] `json:"counted,omitempty"`

	revision uint64
	changed  time.Time // by the server's clock
}

// has reports whether there may be tasks of a type. Who submits says so before
// the first of them is anywhere, so a record of another type is invented: by a
// worker, whose key may be limited to that type.
func (e *entry) has(typ string) bool { return slices.Contains(e.Types, typ) }

func (e *entry) cause() error {
	if !e.Cancelled {
		return nil
	}
	return &Cause{e.Cause, e.CauseType}
}

func (p *place) entry(ctx context.Context) (e *entry, err error) {
	var kv jetstream.KeyValueEntry
	err = p.c.store.insist(ctx, permit.API, func(ctx context.Context) (err error) {
		if kv, err = p.c.store.runs.Get(ctx, p.name); errors.Is(err, jetstream.ErrKeyNotFound) {
			kv, err = nil, nil
		}
		return err
	})
	if err == nil && kv == nil {
		return new(entry), nil
	}
	if err == nil {
		e, err = parseEntry(kv)
	}
	if err != nil {
		return nil, fmt.Errorf("cluster: read the entry of %s: %w", p.name, err)
	}
	return e, nil
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
		b, err := json.Marshal(e)
		if err == nil {
			began := time.Now()
			if e.revision, err = p.c.store.runs.Update(ctx, p.name, b, e.revision); err != nil && time.Since(began) >= answer {
				err = p.c.store.unanswered(ctx, err)
			}
		}
		switch {
		case err == nil:
			return e, nil
		case codeOf(err) != wrongLastSequence:
			return nil, fmt.Errorf("cluster: write the entry of %s: %w", p.name, err)
		}
	}
}

// subjects are those of the place's tasks of a kind.
func (p *place) subjects(kind string) string {
	return fmt.Sprintf("skein.%s.%s.%s.>", shard, p.name, kind)
}

// hint has workers look at the entry. It may be lost: they look by themselves
// too.
func (p *place) hint() { _ = p.c.nc.Publish(control(p.name), nil) }
