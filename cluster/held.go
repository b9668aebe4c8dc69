package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"example.com/skein"
	"example.com/skein/cluster/internal/protocol"
)

// held is a batch in hand.
type held struct {
	*pull
	*protocol.Held
	run  string
	args map[int]json.RawMessage

	mu   sync.Mutex
	wire []wireRecord
}

// patience is how long a batch may wait for a place to run in before what has
// not started is handed on.
const patience = time.Second

// all runs the tasks, and returns when each has ended or was handed on.
func (x *held) all(ctx, drain context.Context) error {
	of := x.w.runs.of(ctx, x.run)
	defer x.w.runs.leave(of)
	var running sync.WaitGroup
	defer running.Wait()
	late := time.NewTimer(patience)
	defer late.Stop()
	for i, t := range x.Run {
		if of.Err() != nil {
			x.calledOff(of, t)
			continue
		}
		select {
		case x.w.slots <- struct{}{}:
		default:
			select {
			case x.w.slots <- struct{}{}:
			case <-late.C:
				return x.handOn(ctx, x.Run[i:])
			case <-drain.Done():
				return x.handOn(ctx, x.Run[i:])
			}
		}
		running.Add(1)
		x.w.group.Go(func(context.Context) error {
			defer running.Done()
			defer func() { <-x.w.slots }()
			x.one(of, t)
			return nil
		})
	}
	return nil
}

// calledOff is the end of a task that does not run, as its run is cancelled.
func (x *held) calledOff(of context.Context, t protocol.Task) {
	x.end(t, wireRecord{Submitter: t.ID.Submitter, N: t.ID.N, Attempt: t.Attempt, Outcome: Cancelled, Cause: context.Cause(of).Error()}, false)
}

// handOn gives tasks that have not started to others, at once: those that run
// may take long.
func (x *held) handOn(ctx context.Context, tasks []protocol.Task) error {
	x.mu.Lock()
	x.HandOn(tasks)
	x.mu.Unlock()
	return x.giveOn(ctx)
}

// giveOn publishes the successors that there are.
func (x *held) giveOn(ctx context.Context) error {
	x.mu.Lock()
	next := x.Next
	x.Next = nil
	x.mu.Unlock()
	for _, b := range next {
		if err := x.w.c.store.again(ctx, x.run, x.h.typ, b, x.args); err != nil {
			return err
		}
	}
	return nil
}

// one runs an attempt, and notes how it ended, whatever way that was.
func (x *held) one(of context.Context, t protocol.Task) {
	ctx := of
	if x.h.timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, x.h.timeout)
		defer stop()
	}
	began := time.Now()
	r := wireRecord{Submitter: t.ID.Submitter, N: t.ID.N, Attempt: t.Attempt, Outcome: Goexited, Cause: skein.ErrGoexit.Error(), Started: began}
	retryable := true
	defer func() {
		if v := recover(); v != nil {
			r.Outcome, r.Cause = Panicked, fmt.Sprint(v)
		}
		retryable = retryable && of.Err() == nil
		x.end(t, r, retryable)
	}()
	result, err := x.h.run(ctx, x.args[t.ID.N])
	switch mark := (interface{ Permanent() bool })(nil); {
	case err == nil:
		r.Outcome, r.Cause, r.Result, retryable = Succeeded, "", result, false
	case of.Err() != nil:
		r.Outcome, r.Cause, retryable = Cancelled, context.Cause(of).Error(), false
	case ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded):
		r.Outcome, r.Cause = TimedOut, err.Error()
	default:
		r.Outcome, r.Cause, r.CauseType = Failed, err.Error(), fmt.Sprintf("%T", err)
		retryable = !errors.As(err, &mark)
	}
}

func (x *held) end(t protocol.Task, r wireRecord, retryable bool) {
	if len(r.Cause) > mostCause {
		r.Cause = strings.ToValidUTF8(r.Cause[:mostCause], "") + "..."
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	n := len(x.Records)
	x.End(t, r.Outcome, retryable)
	r.Outcome, r.Ended = x.Records[n].Outcome, time.Now()
	x.wire = append(x.wire, r)
}

// mostCause is how many bytes of a cause cross the wire.
const mostCause = 4 << 10

// inMessages cuts records such that a server takes each part: mostly it is one.
func inMessages(all []wireRecord) iter.Seq[[]wireRecord] {
	return func(yield func([]wireRecord) bool) {
		from, size := 0, 0
		for i, r := range all {
			n := len(r.Result) + 2*len(r.Cause) + 300
			if size += n; size > 2*mostBytes && i > from {
				if !yield(all[from:i]) {
					return
				}
				from, size = i, n
			}
		}
		if from < len(all) {
			yield(all[from:])
		}
	}
}
