package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"example.com/skein"
)

// Type is a kind of task: a name, which is what crosses the wire, and the Go
// types of its arguments and its result.
type Type[A, R any] struct {
	name     string
	attempts int
	timeout  time.Duration
}

// TypeOption says how tasks of a type are run.
type TypeOption func(*typeConfig)

type typeConfig struct {
	attempts int
	timeout  time.Duration
}

// Attempts is how often a task is tried in total, where its handler returns an
// error; 5 unless it is given.
func Attempts(n int) TypeOption { return func(o *typeConfig) { o.attempts = n } }

// Timeout is how long an attempt may take; 0, which it is unless it is given:
// as long as it likes.
func Timeout(d time.Duration) TypeOption { return func(o *typeConfig) { o.timeout = d } }

// Define gives a type its name, which must stay the same as long as there are
// tasks of it. It panics if the name cannot be one, or an option says nothing
// that can be done.
func Define[A, R any](name string, opts ...TypeOption) *Type[A, R] {
	o := typeConfig{attempts: 5}
	for _, opt := range opts {
		opt(&o)
	}
	if err := checkName("type", name); err != nil {
		panic(err.Error())
	}
	if o.attempts < 1 || o.timeout < 0 {
		panic("cluster: type " + name + ": no attempt, or a negative time-out")
	}
	return &Type[A, R]{name, o.attempts, o.timeout}
}

// Handle has f run the tasks of this type that [Client.Work] takes. f may run
// more than once for a task, and elsewhere at the same time: docs/states.md
// says when. Arguments that are no A, and a result that cannot be encoded or has
// more than 256 KiB, fail the task for good.
func (t *Type[A, R]) Handle(c *Client, f func(ctx context.Context, args A) (R, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handlers[t.name] = &handler{
		typ: t.name, attempts: t.attempts, timeout: t.timeout,
		run: func(ctx context.Context, raw json.RawMessage) (json.RawMessage, error) {
			var args A
			if err := json.Unmarshal(raw, &args); err != nil {
				return nil, skein.Permanent(fmt.Errorf("the arguments: %w", err))
			}
			result, err := f(ctx, args)
			if err != nil {
				return nil, err
			}
			b, err := json.Marshal(result)
			if err != nil {
				return nil, skein.Permanent(fmt.Errorf("the result: %w", err))
			}
			if len(b) > mostBytes {
				return nil, skein.Permanent(fmt.Errorf("the result has %d bytes, more than %d", len(b), mostBytes))
			}
			return b, nil
		},
	}
}

// Submit gives the run a task, and returns when it is safe: the server has it
// on its disk. It blocks while there is no room for it. Tasks that several
// goroutines submit at the same time travel together. The error is [ErrClosed]
// if the run takes no more; if ctx is done before the task is on its way,
// ctx's cause.
func (t *Type[A, R]) Submit(ctx context.Context, r *Run, args A) (ID, error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return ID{}, fmt.Errorf("cluster: submit a %s: %w", t.name, err)
	}
	id, err := r.submitter.submit(ctx, t.name, raw)
	return ID(id), err
}

// SubmitAll submits a task for each of seq, in batches, and returns how many
// are safe: if there is an error, the first so many.
func (t *Type[A, R]) SubmitAll(ctx context.Context, r *Run, seq iter.Seq[A]) (n int, err error) {
	var batch []json.RawMessage
	flush := func() bool {
		var safe int
		safe, err = r.submitter.submitAll(ctx, t.name, batch)
		n += safe
		batch = batch[:0]
		return err == nil
	}
	for args := range seq {
		raw, encoding := json.Marshal(args)
		if encoding != nil {
			flush()
			return n, fmt.Errorf("cluster: submit a %s: %w", t.name, encoding)
		}
		if batch = append(batch, raw); len(batch) == 4*mostTasks && !flush() {
			return n, err
		}
	}
	flush()
	return n, err
}

// Results gives the results of the tasks of this type that succeeded, and the
// errors of those that did not, as [Run.Outcomes] does.
func (t *Type[A, R]) Results(ctx context.Context, r *Run) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for o, err := range r.Outcomes(ctx) {
			var result R
			switch {
			case err != nil:
			case o.Outcome != Succeeded:
				err = &TaskError{o}
			default:
				err = json.Unmarshal(o.Result, &result)
			}
			if !yield(result, err) {
				return
			}
		}
	}
}

// TaskError is how a task ended that did not succeed.
type TaskError struct{ Ended }

func (e *TaskError) Error() string {
	text := fmt.Sprintf("cluster: task %s: %s", e.Task, e.Outcome)
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *TaskError) Unwrap() error { return e.Cause }
