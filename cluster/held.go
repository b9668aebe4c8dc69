package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/skein"
	"example.com/skein/cluster/internal/protocol"
)

// held is a batch in hand.
type held struct {
	*pull
	*protocol.Held
	run   string
	batch *wireBatch
	plan  protocol.Batch
	tasks map[int]*wireTask
	fence int64
	came  time.Time // when it was delivered
	grip  *grip
	ended chan struct{} // has one when a task has ended; and another may not fit

	mu        sync.Mutex
	running   int
	since     []time.Time  // of Run, by place: when it was started that runs
	owed      int          // tasks that began and are not recorded: so many of the worker's debt
	wire      []wireRecord // of Records, to be published
	abandoned bool         // some were ended because we were cut off: others will have them
}

const (
	// patience is how long a batch may wait for a place to run in before what
	// has not started is handed on.
	patience = time.Second

	// recordAfter is how long ends wait for those of the rest of the batch.
	recordAfter = 200 * time.Millisecond
)

// errAbandoned is why a batch is not acknowledged.
var errAbandoned = errors.New("others will have it")

// work runs the tasks and publishes what became of them, until the batch may be
// acknowledged. Another error than nil says that it may not.
func (x *held) work(ctx, drain context.Context) error {
	for _, r := range x.Records {
		x.crashed(r)
	}
	of := x.w.runs.of(ctx, x.run, x.batch.Submitter)
	defer x.w.runs.leave(of)
	x.since = make([]time.Time, len(x.Run))
	x.w.show(x)
	defer x.w.hide(x)
	if err := x.start(ctx, drain, of); err != nil {
		x.wait()
		return err
	}
	var late *time.Timer
	for x.stillRunning() {
		if late == nil {
			late = time.NewTimer(recordAfter)
			defer late.Stop()
		}
		select {
		case <-x.ended:
		case <-late.C:
			if err := x.flush(ctx, false); err != nil {
				x.wait()
				return err
			}
			late.Reset(recordAfter)
		}
	}
	if err := x.flush(ctx, false); err != nil {
		x.wait()
		return err
	}
	if x.abandoned {
		return errAbandoned
	}
	return nil
}

// start starts the tasks that are to be run, as there is room.
func (x *held) start(ctx, drain context.Context, of *runContext) error {
	var late *time.Timer
	for i, t := range x.Run {
		if of.Err() != nil {
			x.calledOff(of, t)
			continue
		}
		if err := x.owe(ctx); err != nil {
			return err
		}
		select {
		case x.w.slots <- struct{}{}:
		default:
			if late == nil {
				late = time.NewTimer(patience)
				defer late.Stop()
			}
			select {
			case x.w.slots <- struct{}{}:
			case <-late.C:
				x.forgive(1)
				return x.handOn(ctx, x.Run[i:])
			case <-drain.Done():
				x.forgive(1)
				return x.handOn(ctx, x.Run[i:])
			}
		}
		began := x.started(i)
		x.w.group.GoNamed(x.name(t), func(context.Context) error {
			defer x.finished(i)
			defer func() { <-x.w.slots }()
			x.one(of, t, began)
			return nil
		})
	}
	return nil
}

func (x *held) name(t protocol.Task) string {
	return x.run + "/" + ID(t.ID).String()
}

// owe enters a task that is to begin into the worker's debt. When there is too
// much of it, what has ended is recorded first.
func (x *held) owe(ctx context.Context) error {
	for entered := false; !entered; {
		select {
		case x.w.debt <- struct{}{}:
			entered = true
			continue
		default:
		}
		if err := x.flush(ctx, false); err != nil {
			return err
		}
		select {
		case x.w.debt <- struct{}{}:
			entered = true
		case <-x.ended:
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.owed++
	return nil
}

// forgive takes n tasks out of the debt.
func (x *held) forgive(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.owed -= n
	for range n {
		<-x.w.debt
	}
}

// started notes that the i-th of Run is, and gives when.
func (x *held) started(i int) time.Time {
	now := time.Now()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.running++
	x.since[i] = now
	return now
}

func (x *held) finished(i int) {
	x.mu.Lock()
	x.running--
	x.since[i] = time.Time{}
	x.mu.Unlock()
	select {
	case x.ended <- struct{}{}:
	default:
	}
}

func (x *held) stillRunning() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.running > 0
}

// wait waits for what runs, of which nothing can be recorded.
func (x *held) wait() {
	for x.stillRunning() {
		<-x.ended
	}
	x.mu.Lock()
	n := x.owed
	x.mu.Unlock()
	x.forgive(n)
}

// crashed is the end of a task that is not run again.
func (x *held) crashed(r protocol.Record) {
	t := x.tasks[r.ID.N]
	x.wire = append(x.wire, wireRecord{
		Submitter: r.ID.Submitter, N: r.ID.N, Attempt: r.Attempt, Outcome: r.Outcome, Deliveries: crashes + 1, Ended: microsOf(time.Now()),
		Cause: "the workers that had it vanished", Codec: x.batch.Codec, Version: x.batch.Version, Value: t.Args,
	})
}

// calledOff is the end of a task that does not run, as its run is cancelled, or
// that others will run, as we were cut off.
func (x *held) calledOff(of context.Context, t protocol.Task) {
	cause := context.Cause(of)
	if errors.Is(cause, errCutOff) {
		x.abandon()
		return
	}
	r := wireRecord{Submitter: t.ID.Submitter, N: t.ID.N, Attempt: t.Attempt, Outcome: Cancelled}
	r.Cause, r.CauseType = causeOf(cause)
	x.end(t, r, false)
}

func (x *held) abandon() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.abandoned = true
}

// one runs an attempt, and notes how it ended, whatever way that was.
func (x *held) one(of context.Context, t protocol.Task, began time.Time) {
	task := x.tasks[t.ID.N]
	attempts := x.h.config.attempts
	if t.Attempts > 0 {
		attempts = t.Attempts
	}
	timeout := x.h.config.timeout
	if task.Timeout > 0 {
		timeout = task.Timeout
	}
	h := &handlerContext{of, Task{
		Run: x.run, ID: ID(t.ID), Attempt: t.Attempt, Attempts: attempts, Deliveries: t.Deliveries, Fence: x.fence,
	}}
	ctx, stop := h.until(timeout)
	defer stop()
	r := wireRecord{Submitter: t.ID.Submitter, N: t.ID.N, Attempt: t.Attempt, Deliveries: t.Deliveries, Started: microsOf(began)}
	retryable := true
	defer func() {
		if v := recover(); v != nil {
			r.Outcome, r.CauseType = Panicked, cut(fmt.Sprintf("%T", v))
			r.Cause, _ = causeOf(fmt.Errorf("%v", v))
		}
		if r.Outcome == "" {
			r.Outcome = Goexited
			r.Cause, r.CauseType = causeOf(skein.ErrGoexit)
		}
		if r.Outcome != Succeeded && errors.Is(context.Cause(of), errCutOff) {
			x.abandon()
			return
		}
		x.end(t, r, retryable && of.Err() == nil)
	}()
	result, err := x.h.run(ctx, x.batch.kind(), task.Args)
	if err == nil {
		err = x.keep(ctx, &r, result)
	}
	var mark interface{ Permanent() bool }
	switch {
	case err == nil:
		r.Outcome, retryable = Succeeded, false
	case of.Err() != nil:
		r.Outcome, retryable = Cancelled, false
		r.Cause, r.CauseType = causeOf(context.Cause(of))
	case ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded):
		r.Outcome = TimedOut
		r.Cause, r.CauseType = causeOf(err)
	default:
		r.Outcome, retryable = Failed, !errors.As(err, &mark)
		r.Cause, r.CauseType = causeOf(err)
	}
}

// keep puts a result into its record, or beside the done log, before the record
// that says where.
func (x *held) keep(ctx context.Context, r *wireRecord, result []byte) (err error) {
	r.Codec, r.Version = x.batch.Codec, x.batch.Version
	if len(result) <= mostBytes {
		if r.Value, err = toWire(r.Codec, result); err != nil {
			r.Value, err = nil, skein.Permanent(fmt.Errorf("the result: %w", err))
		}
		return err
	}
	r.Object, err = x.w.c.store.putResult(ctx, x.run, ID(r.plan(x.batch.Type).ID), x.fence, result)
	return err
}

func (x *held) end(t protocol.Task, r wireRecord, retryable bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := len(x.Records)
	x.End(t, r.Outcome, retryable)
	r.Outcome, r.Ended = x.Records[n].Outcome, microsOf(time.Now())
	if r.Outcome.Ends() && r.Outcome != Succeeded {
		r.Codec, r.Version, r.Value = x.batch.Codec, x.batch.Version, x.tasks[t.ID.N].Args
	}
	if r.Codec == JSON.Name() {
		r.Codec = "" // it goes without saying
	}
	if x.wire == nil {
		x.wire = make([]wireRecord, 0, len(x.Run))
	}
	x.wire = append(x.wire, r)
}
