package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

// ErrClosed is why a task was not submitted: the run was closed, or somebody
// else has opened it and submits now.
var ErrClosed = errors.New("cluster: the run was closed, or taken over by somebody else")

// errOnlyWorks is why a client opens no run.
var errOnlyWorks = errors.New("cluster: this client may only work: its key is a worker's, or it was opened so")

// Run is a group whose workers are on other machines.
type Run struct {
	c         *Client
	name      string
	submitter *submitter
}

// entry is what SKEIN_RUNS has of a run.
type entry struct {
	Owner     int         `json:"owner"`             // how many submitters there were; the last one's number
	Closing   bool        `json:"closing,omitempty"` // no submitter is added
	Cancelled bool        `json:"cancelled,omitempty"`
	Cause     string      `json:"cause,omitempty"`
	Sealed    map[int]int `json:"sealed,omitempty"` // by submitter, how many tasks there are

	// Lease is what its owner has said that it is. Workers renew theirs in time
	// for the shortest that they have met.
	Lease time.Duration `json:"lease,omitempty"`

	revision uint64
}

// Run opens the run of that name, or makes it. Whoever opens it takes it over:
// from then on [Type.Submit] of those who did before is refused. A run that was
// closed can be waited for.
func (c *Client) Run(ctx context.Context, name string) (*Run, error) {
	if err := checkName("run", name); err != nil {
		return nil, err
	}
	if c.onlyWork {
		return nil, errOnlyWorks
	}
	r := &Run{c: c, name: name}
	for {
		e, err := r.entry(ctx)
		if err != nil {
			return nil, err
		}
		if e.Closing {
			r.submitter = &submitter{run: r, closed: true}
			return r, nil
		}
		e.Owner++
		e.Lease = c.store.lease
		if err := r.update(ctx, e); err != nil {
			if codeOf(err) == wrongLastSequence {
				continue
			}
			return nil, err
		}
		r.submitter = &submitter{run: r, number: e.Owner}
		for k := 1; k < e.Owner; k++ {
			if err := r.closeGate(ctx, k); err != nil {
				return nil, err
			}
		}
		return r, r.submitter.openGate(ctx)
	}
}

// Name is what the run was opened by.
func (r *Run) Name() string { return r.name }

func (r *Run) entry(ctx context.Context) (*entry, error) {
	kv, err := r.c.store.runs.Get(ctx, r.name)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return new(entry), nil
	}
	if err != nil {
		return nil, fmt.Errorf("cluster: read run %s: %w", r.name, err)
	}
	e := &entry{revision: kv.Revision()}
	if err := json.Unmarshal(kv.Value(), e); err != nil {
		return nil, fmt.Errorf("cluster: read run %s: %w", r.name, err)
	}
	return e, nil
}

// update replaces the entry that was read.
func (r *Run) update(ctx context.Context, e *entry) error {
	b, err := json.Marshal(e)
	if err == nil {
		e.revision, err = r.c.store.runs.Update(ctx, r.name, b, e.revision)
	}
	if err != nil {
		return fmt.Errorf("cluster: write run %s: %w", r.name, err)
	}
	return nil
}

func (r *Run) closeGate(ctx context.Context, submitter int) error {
	_, err := r.c.store.publish(ctx, message(gateSubject(r.name, submitter), []byte(gateClosed)))
	if err != nil {
		return fmt.Errorf("cluster: close run %s: %w", r.name, err)
	}
	return nil
}

// Close ends submission: what was accepted until now is the run. It waits until
// all that wait for it know how much that is. To close a run again does
// nothing.
//
// It is docs/protocol.md's sealing, with one thing less to read: what this
// submitter knows of itself.
func (r *Run) Close(ctx context.Context) error {
	for {
		e, err := r.entry(ctx)
		if err != nil || e.Sealed != nil {
			return err
		}
		if !e.Closing {
			e.Closing = true
		} else if e.Sealed, err = r.count(ctx, e.Owner); err != nil {
			return err
		}
		if err := r.update(ctx, e); err != nil && codeOf(err) != wrongLastSequence {
			return err
		}
	}
}

// count finds what was accepted of each submitter: the gates are closed, then
// the task stream is read from its start to its end, and then the done log.
func (r *Run) count(ctx context.Context, submitters int) (map[int]int, error) {
	accepted := map[int]int{}
	for k := 1; k <= submitters; k++ {
		accepted[k] = 0
		if err := r.closeGate(ctx, k); err != nil {
			return nil, err
		}
	}
	note := func(id protocol.ID) { accepted[id.Submitter] = max(accepted[id.Submitter], id.N) }
	if own, ok := r.submitter.counted(); ok && submitters == r.submitter.number {
		accepted[submitters] = own
		if submitters == 1 {
			return accepted, nil // nobody else ever submitted
		}
	}
	if err := r.scan(ctx, note); err != nil {
		return nil, err
	}
	err := r.read(ctx, func(rec *wireRecord) { note(rec.plan().ID) })
	maps.DeleteFunc(accepted, func(k, _ int) bool { return k < 1 || k > submitters })
	return accepted, err
}

// scan reads the run's messages in the task stream in order.
func (r *Run) scan(ctx context.Context, note func(protocol.ID)) error {
	for from := uint64(1); ; {
		m, err := r.c.store.tasks.GetMsg(ctx, from, jetstream.WithGetMsgSubject(fmt.Sprintf("skein.%s.%s.>", shard, r.name)))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cluster: read stream %s: %w", tasksStream, err)
		}
		from = m.Sequence + 1
		var b wireBatch
		if json.Unmarshal(m.Data, &b) != nil {
			continue // a gate
		}
		for _, t := range b.plan().Tasks {
			note(t.ID)
		}
	}
}

// read reads the run's part of the done log to its end.
func (r *Run) read(ctx context.Context, f func(*wireRecord)) error {
	l, err := r.openLog(ctx)
	if err != nil {
		return err
	}
	defer l.stop()
	for l.pending > 0 {
		records, err := l.next(ctx, 0)
		if err != nil {
			return err
		}
		for i := range records {
			f(&records[i])
		}
	}
	return nil
}

// Cancel stops the run: it takes no more tasks, those that have not started are
// not run, and the context of those that run is done, with the cause, of which
// the text crosses the wire. It returns when that is noted, not when the tasks
// have ended: Wait does. To cancel a run again does nothing.
func (r *Run) Cancel(ctx context.Context, cause error) error {
	for {
		e, err := r.entry(ctx)
		if err != nil {
			return err
		}
		if e.Cancelled {
			return nil
		}
		e.Closing, e.Cancelled, e.Cause = true, true, cause.Error()
		err = r.update(ctx, e)
		if err == nil {
			_ = r.c.nc.Publish(control(r.name), nil) // a hint: workers look by themselves too
			return nil
		}
		if codeOf(err) != wrongLastSequence {
			return err
		}
	}
}

// Counts is how many tasks have each outcome.
type Counts map[Outcome]int

// Total is how many there are.
func (c Counts) Total() (n int) {
	for _, k := range c {
		n += k
	}
	return n
}

// RunError is how a run ended of which not every task succeeded.
type RunError struct {
	Counts Counts
	First  []Ended // the first that did not succeed, at most 100
}

func (e *RunError) Error() string {
	var parts []string
	for _, o := range slices.Sorted(maps.Keys(e.Counts)) {
		parts = append(parts, fmt.Sprint(e.Counts[o], " ", o))
	}
	return "cluster: " + strings.Join(parts, ", ")
}

const mostFirst = 100

// Wait closes the run, waits until each of its tasks has an outcome, and returns
// nil if all have succeeded, or else a [*RunError]; or ctx's cause, once ctx is
// done: then it can be called again.
func (r *Run) Wait(ctx context.Context) error {
	if err := r.Close(ctx); err != nil {
		return err
	}
	bad := &RunError{Counts: Counts{}}
	for o, err := range r.Outcomes(ctx) {
		if err != nil {
			return err
		}
		bad.Counts[o.Outcome]++
		if o.Outcome != Succeeded && len(bad.First) < mostFirst {
			bad.First = append(bad.First, o)
		}
	}
	if bad.Counts[Succeeded] == bad.Counts.Total() {
		return nil
	}
	return bad
}
