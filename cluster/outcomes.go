package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"example.com/skein/cluster/internal/protocol"
)

// Outcome is how a task ended, in the words of package skein.
type Outcome = protocol.Outcome

// The outcomes.
const (
	Succeeded = protocol.Succeeded
	Failed    = protocol.Failed
	Panicked  = protocol.Panicked
	Goexited  = protocol.Goexited
	TimedOut  = protocol.TimedOut
	Cancelled = protocol.Cancelled
	Crashed   = protocol.Crashed // the workers that had it kept dying
	Lost      = protocol.Lost    // an assumption was broken: docs/states.md
)

// ID is a task's in its run or queue.
type ID struct {
	Type      string // its name
	Submitter int    // who submitted it: 1 is who made the run
	N         int    // the how manyth of that type and submitter it was, from 1
}

// String is as in thumb.1.17.
func (id ID) String() string {
	return id.Type + "." + strconv.Itoa(id.Submitter) + "." + strconv.Itoa(id.N)
}

// ParseID is the inverse of [ID.String].
func ParseID(s string) (id ID, err error) {
	words := strings.Split(s, ".")
	if len(words) == 3 && checkName("type", words[0]) == nil {
		id.Type = words[0]
		id.Submitter, _ = strconv.Atoi(words[1])
		id.N, _ = strconv.Atoi(words[2])
	}
	if id.Submitter < 1 || id.N < 1 || id.String() != s {
		return ID{}, fmt.Errorf("cluster: %q is no task: it is as in thumb.1.17", s)
	}
	return id, nil
}

// Ended is how a task ended.
type Ended struct {
	Run            string // or queue
	Task           ID
	Outcome        Outcome
	Attempt        int    // from 1; 0: it never ran
	Deliveries     int    // how many workers vanished with that attempt
	Worker         string // who recorded it
	Started, Ended time.Time
	Cause          error // nil if it succeeded; else a [*Cause]

	codec   string
	version int
	result  []byte
	object  string
	args    []byte
	store   *store
}

// Result is what the task gave, encoded, or nil if it gave nothing. One of more
// than 256 KiB is read from the server.
func (e *Ended) Result(ctx context.Context) ([]byte, error) {
	if e.object == "" {
		return fromWire(e.codec, e.result)
	}
	return e.store.result(ctx, e)
}

// Args are the task's arguments, encoded, if it did not succeed; else nil.
func (e *Ended) Args() ([]byte, error) { return fromWire(e.codec, e.args) }

func (r *wireRecord) ended(p *place, typ, worker string) Ended {
	e := Ended{
		Run: p.name, Task: ID(r.plan(typ).ID), Outcome: r.Outcome, Attempt: r.Attempt, Deliveries: r.Deliveries,
		Worker: worker, Started: r.Started.time(), Ended: r.Ended.time(),
		codec: r.Codec, version: r.Version, object: r.Object, store: p.c.store,
	}
	if value := bytes.Clone(r.Value); r.Outcome == Succeeded { // a part of the message, which who keeps this should not keep
		e.result = value
	} else {
		e.args = value
	}
	if e.codec == "" {
		e.codec = JSON.Name()
	}
	if r.Cause != "" {
		e.Cause = &Cause{r.Cause, r.CauseType}
	}
	return e
}

// Outcomes gives how each task ended, once, in the order in which they did,
// from the run's start, until the run was closed and each has ended. An error
// comes last. Who reads again, or elsewhere, gets the same.
func (r *Run) Outcomes(ctx context.Context) iter.Seq2[Ended, error] { return r.outcomes(ctx) }

func (r *Run) outcomes(ctx context.Context) iter.Seq2[Ended, error] {
	return func(yield func(Ended, error) bool) {
		err := r.follow(ctx, yield)
		if err != nil && !errors.Is(err, errLeft) {
			yield(Ended{}, err)
		}
	}
}

var errLeft = errors.New("the loop was left")
