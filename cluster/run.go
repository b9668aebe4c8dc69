package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrClosed is why a task was not submitted: the run was closed, or somebody
// else has opened it and submits now.
var ErrClosed = errors.New("cluster: the run was closed, or taken over by somebody else")

// errOnlyWorks is why a client opens no run.
var errOnlyWorks = errors.New("cluster: this client may only work: its key is a worker's, or it was opened so")

// Run is a group whose workers are on other machines. Its methods may be called
// by several goroutines at the same time.
type Run struct {
	place
	joined bool
	policy string
	reader reader
}

// RunOption says how to open a run.
type RunOption interface{ ofRun(*runConfig) }

type runOption func(*runConfig)

func (f runOption) ofRun(c *runConfig) { f(c) }

type runConfig struct {
	policy string
	limit  int
	keep   time.Duration

	join    bool
	observe bool
}

const (
	failFast     = "fail-fast"
	firstSuccess = "first-success"
)

// FailFast cancels the run, with [ErrFailFast], as soon as a task does not
// succeed. Without it, and without [FirstSuccess], all tasks are run. What a run
// is opened with first holds for it; who opens it again need not say it.
func FailFast() RunOption { return runOption(func(c *runConfig) { c.set(failFast) }) }

// FirstSuccess cancels the run, with [ErrFirstSuccess], as soon as a task
// succeeds; then [Run.Wait] returns nil.
func FirstSuccess() RunOption { return runOption(func(c *runConfig) { c.set(firstSuccess) }) }

func (c *runConfig) set(policy string) {
	if c.policy != "" && c.policy != policy {
		panic("cluster: two policies for one run")
	}
	c.policy = policy
}

// Limit is how many tasks of each type run at a time, on all workers together;
// as many as there are places for unless it is given. The server counts them, by
// the leases of the workers that have them. Tasks of such a run travel alone,
// which costs speed, and a worker that may only have some types takes none of
// them. One with which two workers have vanished is run besides. It panics if n
// is less than 1.
func Limit(n int) RunOption {
	if n < 1 {
		panic("cluster: Limit: less than one")
	}
	return runOption(func(c *runConfig) { c.limit = n })
}

// Join opens a run that others submit to too: nobody is replaced, and Wait does
// not close the run but waits until its owner has.
func Join() RunOption { return runOption(func(c *runConfig) { c.join = true }) }

// Run opens the run of that name, or makes it. Whoever opens it takes it over,
// unless with [Join]: from then on [Type.Submit] of those who did before is
// refused. A run that was closed can be waited for.
func (c *Client) Run(ctx context.Context, name string, opts ...RunOption) (*Run, error) {
	if err := checkName("run", name); err != nil {
		return nil, err
	}
	if c.onlyWork {
		return nil, errOnlyWorks
	}
	config := runConfig{keep: keepRuns}
	for _, opt := range opts {
		opt.ofRun(&config)
	}
	r := &Run{place: place{c: c, name: name}, joined: config.join}
	if config.observe {
		e, err := r.observe(ctx, false)
		if err != nil {
			return nil, err
		}
		r.policy, r.from = e.Policy, e.From
		return r, nil
	}
	e, err := r.change(ctx, func(e *entry) error {
		switch {
		case e.Queue:
			return fmt.Errorf("cluster: %s is a queue, not a run", name)
		case e.Removed:
			*e = entry{Owner: e.Owner, From: e.Owner, revision: e.revision}
		case e.Closing:
			return errUnchanged
		}
		if e.Owner == e.From { // it is new
			e.Policy, e.Limit, e.Keep = config.policy, config.limit, config.keep
		}
		e.Owner++
		e.Lease = c.store.lease
		return nil
	})
	if err != nil {
		return nil, err
	}
	if config.policy != "" && e.Policy != config.policy || config.limit != 0 && e.Limit != config.limit {
		return nil, fmt.Errorf("cluster: run %s was made with another policy or limit (%s)", name, e.made())
	}
	r.policy, r.from = e.Policy, e.From
	r.submitter = &submitter{place: &r.place, number: e.Owner, limit: e.Limit}
	if e.Closing { // the number is not ours: what that one has submitted we cannot tell
		r.submitter.closed, r.submitter.number = true, 0
		return r, nil
	}
	if !r.joined {
		if err := r.shut(ctx, e); err != nil {
			return nil, err
		}
	}
	return r, r.submitter.openGate(ctx)
}

// shut closes the gates of those who submitted before, and notes that: who comes
// after us need not close them again. A program that is started again and again
// would else fill the task stream with what it says of gates.
func (r *Run) shut(ctx context.Context, e *entry) error {
	number := r.submitter.number
	if e.firstGate() == number {
		return nil
	}
	for k := e.firstGate(); k < number; k++ {
		if _, err := r.closeGate(ctx, k); err != nil {
			return err
		}
	}
	_, err := r.changeOwn(ctx, func(e *entry) error {
		e.Shut = max(e.Shut, number-1)
		return nil
	})
	return err
}

// made says what the run was made with.
func (e *entry) made() string {
	policy := e.Policy
	if policy == "" {
		policy = "keep going"
	}
	if e.Limit == 0 {
		return policy + ", no limit"
	}
	return fmt.Sprintf("%s, limit %d", policy, e.Limit)
}

// Cancel stops the run: it takes no more tasks, those that have not started are
// not run, and the context of those that run is done, with the cause, of which
// the text crosses the wire (see [Cause]). It returns when that is noted, not when
// the tasks have ended: Wait does. To cancel a run again, or one that has ended,
// does nothing. A nil cause is context.Canceled.
func (r *Run) Cancel(ctx context.Context, cause error) error { return r.cancel(ctx, cause) }

func (p *place) cancel(ctx context.Context, cause error) error {
	if cause == nil {
		cause = context.Canceled
	}
	e, err := p.change(ctx, func(e *entry) error {
		if e.Cancelled || e.From != p.from || e.Owner == e.From || !e.Finished.IsZero() {
			return errUnchanged // or nobody has opened it, as far as is known
		}
		e.Closing, e.Cancelled = true, true
		e.Cause, e.CauseType = causeOf(cause)
		return nil
	})
	if err != nil {
		return err
	}
	if e.From != p.from { // it was removed, and another one is not ours to cancel
		return nil
	}
	p.hint()
	if e.Queue || e.Sealed != nil {
		return nil
	}
	for k := e.firstGate(); k <= e.Owner; k++ { // so that Submit says it at once
		if _, err := p.closeGate(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// enforce cancels the run if its policy says so of an outcome.
func (p *place) enforce(ctx context.Context, policy string, id ID, o Outcome) error {
	switch {
	case policy == failFast && o != Succeeded && o != Cancelled:
		return p.cancel(ctx, fmt.Errorf("%w: %s %s", ErrFailFast, id, o))
	case policy == firstSuccess && o == Succeeded:
		return p.cancel(ctx, fmt.Errorf("%w: %s", ErrFirstSuccess, id))
	}
	return nil
}

const mostFirst = 100

// Wait closes the run, waits until each of its tasks has an outcome, and returns
// nil if all have succeeded, or else a [*RunError]; or ctx's cause, once ctx is
// done: then it can be called again. With [FirstSuccess] one success is enough.
func (r *Run) Wait(ctx context.Context) error {
	if !r.joined {
		if err := r.Close(ctx); err != nil {
			return err
		}
	}
	bad := &RunError{Run: r.name, Counts: Counts{}}
	for o, err := range r.Outcomes(ctx) {
		if err != nil {
			return err
		}
		bad.Counts[o.Outcome]++
		if o.Outcome != Succeeded && len(bad.First) < mostFirst {
			bad.First = append(bad.First, o)
		}
	}
	e, err := r.finish(ctx, bad.Counts)
	if err != nil {
		return err
	}
	r.c.tidyNowAndThen(ctx)
	ok := bad.Counts[Succeeded]
	if ok == bad.Counts.Total() || e.Policy == firstSuccess && ok > 0 {
		return nil
	}
	bad.Cause = e.cause()
	return bad
}

// finish notes that all have ended.
func (r *Run) finish(ctx context.Context, counts Counts) (*entry, error) {
	e, err := r.change(ctx, func(e *entry) error {
		if !e.Finished.IsZero() || e.From != r.from || e.Sealed == nil {
			return errUnchanged
		}
		e.Finished, e.Counts = time.Now(), counts
		return nil
	})
	if err != nil && ctx.Err() == nil {
		// It is only for those who tidy up; who may just wait may not write it.
		return r.entry(ctx)
	}
	return e, err
}
