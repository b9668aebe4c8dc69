package cluster

import (
	"context"
	"fmt"
	"iter"

	"example.com/skein"
)

// Type is a kind of task: a name, which is what crosses the wire, and the Go
// types of its arguments and its result.
type Type[A, R any] struct {
	kind   kind
	config typeConfig
}

// Define gives a type its name, which must stay the same as long as there are
// tasks of it. It panics if the name cannot be one (it has 1 to 64 letters,
// digits, - and _), or an option says nothing that can be done.
func Define[A, R any](name string, opts ...TypeOption) *Type[A, R] {
	c := defaults
	for _, opt := range opts {
		opt.ofType(&c)
	}
	if err := checkName("type", name); err != nil {
		panic(err.Error())
	}
	c.check("type " + name)
	return &Type[A, R]{kind{name, c.codec.Name(), c.version}, c}
}

// Name is what the type was defined by.
func (t *Type[A, R]) Name() string { return t.kind.name }

// Handle has f run the tasks of this type that [Client.Work] takes, if it is
// called before Work is. f may run more than once for a task, and elsewhere at
// the same time: docs/states.md says when, and [TaskOf] gives f a number to fence
// its effects with. Arguments that are no A, those of a newer version of the
// type, and a result that cannot be encoded or is too large (see [Results]) fail
// the task for good, as [skein.Permanent] does.
func (t *Type[A, R]) Handle(c *Client, f func(ctx context.Context, args A) (R, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handlers[t.kind.name] = &handler{
		typ: t.kind.name, config: t.config,
		run: func(ctx context.Context, k kind, raw []byte) ([]byte, error) {
			var args A
			if err := t.decode(k, raw, &args); err != nil {
				return nil, skein.Permanent(fmt.Errorf("the arguments: %w", err))
			}
			result, err := f(ctx, args)
			if err != nil {
				return nil, err
			}
			b, err := t.config.codec.Marshal(result)
			if err != nil {
				return nil, skein.Permanent(fmt.Errorf("the result: %w", err))
			}
			return b, nil
		},
	}
}

// decode makes a value of what has crossed the wire.
func (t *Type[A, R]) decode(k kind, raw []byte, v any) error {
	switch {
	case k.version > t.config.version:
		return fmt.Errorf("version %d of type %s, this program knows %d", k.version, k.name, t.config.version)
	case k.codec != t.kind.codec:
		return fmt.Errorf("encoded as %s, this program expects %s", k.codec, t.kind.codec)
	}
	b, err := fromWire(k.codec, raw)
	if err != nil {
		return err
	}
	return t.config.codec.Unmarshal(b, v)
}

// task makes a task of its arguments.
func (t *Type[A, R]) task(args A, opts []SubmitOption) (wireTask, error) {
	var c taskConfig
	for _, opt := range opts {
		opt.ofTask(&c)
	}
	if c.attempts < 0 || c.timeout < 0 {
		panic("cluster: submit a " + t.kind.name + ": no attempt, or a negative time-out")
	}
	b, err := t.config.codec.Marshal(args)
	if err != nil {
		return wireTask{}, fmt.Errorf("cluster: submit a %s: %w", t.kind.name, err)
	}
	if len(b) > mostBytes {
		return wireTask{}, fmt.Errorf("cluster: submit a %s: its arguments have %d bytes, more than %d; put what is large elsewhere and submit where it is", t.kind.name, len(b), mostBytes)
	}
	line, err := toWire(t.kind.codec, b)
	if err != nil {
		return wireTask{}, fmt.Errorf("cluster: submit a %s: %w", t.kind.name, err)
	}
	return wireTask{Attempt: 1, Attempts: c.attempts, Timeout: c.timeout, Args: line}, nil
}

// Submit gives a run or queue a task, and returns when it is safe: the server
// has it on its disk. It blocks while there is no room for it. Tasks that several
// goroutines submit at the same time travel together. The error is [ErrClosed]
// if the run takes no more; if ctx is done before the task is on its way, it
// wraps ctx's cause, and says what it waited for if it was not just its turn.
func (t *Type[A, R]) Submit(ctx context.Context, to Target, args A, opts ...SubmitOption) (ID, error) {
	task, err := t.task(args, opts)
	if err != nil {
		return ID{}, err
	}
	id, err := to.submitting().submit(ctx, t.kind, task)
	return ID(id), err
}

// SubmitAll submits a task for each of seq, in batches, and returns how many
// are safe: if there is an error, the first so many.
func (t *Type[A, R]) SubmitAll(ctx context.Context, to Target, seq iter.Seq[A], opts ...SubmitOption) (n int, err error) {
	return to.submitting().submitAll(ctx, t.kind, func(yield func(wireTask, error) bool) {
		for args := range seq {
			if !yield(t.task(args, opts)) {
				return
			}
		}
	})
}

// Results gives the results of the tasks of this type that succeeded, and a
// [*TaskError] for each of those that did not, as [Run.Outcomes] does. A result
// of more than 256 KiB is read from the server in pieces; one of more than
// 64 MiB failed its task.
func (t *Type[A, R]) Results(ctx context.Context, from Target) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for o, err := range from.outcomes(ctx) {
			var result R
			switch {
			case err != nil:
			case o.Task.Type != t.kind.name:
				continue
			case o.Outcome != Succeeded:
				err = &TaskError{o}
			default:
				err = t.result(ctx, &o, &result)
			}
			if !yield(result, err) {
				return
			}
		}
	}
}

// result decodes what a task gave.
func (t *Type[A, R]) result(ctx context.Context, o *Ended, v *R) error {
	b, err := o.Result(ctx)
	if err == nil {
		err = t.config.codec.Unmarshal(b, v)
	}
	if err != nil {
		return fmt.Errorf("cluster: result of task %s: %w", o.Task, err)
	}
	return nil
}

// TaskError is how a task ended that did not succeed.
type TaskError struct{ Ended }

// Error says which task it was, how it ended, and why.
func (e *TaskError) Error() string {
	text := fmt.Sprintf("cluster: task %s: %s", e.Task, e.Outcome)
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives the cause, of which only the text and the type's name have
// crossed the wire.
func (e *TaskError) Unwrap() error {
	if e.Cause == nil {
		return nil
	}
	return e.Cause
}
