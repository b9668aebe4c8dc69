package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/away"
	"example.com/skein/cmd/internal/remote"
	"example.com/skein/cmd/internal/task"
)

// serveAway is the other end of skein run --on.
func serveAway() int {
	err := away.Serve(context.Background(), os.Stdin, os.Stdout, openAway)
	if err != nil {
		return fail("run --on", err, exitFailed)
	}
	return 0
}

// awayRun is a run of commands.
type awayRun struct {
	c      *cluster.Client
	run    *cluster.Run
	before []*cluster.Run
}

// openAway opens the run, and those that it goes on with: nobody submits to these
// any more.
func openAway(ctx context.Context, o away.Open) (away.Run, error) {
	url, opts, err := on(o.On)
	if err != nil {
		return nil, err
	}
	c, err := cluster.Open(ctx, url, opts...)
	if err != nil {
		return nil, withHint(err)
	}
	a := &awayRun{c: c}
	for _, name := range o.Before {
		r, err := c.Run(ctx, name)
		if err != nil {
			return nil, err
		}
		a.before = append(a.before, r)
	}
	a.run, err = c.Run(ctx, o.Run)
	return a, withHint(err)
}

func (a *awayRun) Submit(ctx context.Context, t away.Task) error {
	_, err := remote.Command.Submit(ctx, a.run, remote.Args{Mark: t.Mark, Argv: t.Argv, Dir: t.Dir, Stdin: t.Stdin, Timeout: t.Timeout})
	if errors.Is(err, cluster.ErrClosed) {
		err = fmt.Errorf("%w (%w)", away.ErrCancelled, err)
	}
	return err
}

func (a *awayRun) Before(ctx context.Context) iter.Seq2[away.End, error] {
	return func(yield func(away.End, error) bool) {
		for _, r := range a.before {
			if err := r.Close(ctx); err != nil {
				yield(away.End{}, err)
				return
			}
			for end, err := range ends(ctx, r) {
				if !yield(end, err) || err != nil {
					return
				}
			}
		}
	}
}

func (a *awayRun) Ends(ctx context.Context) iter.Seq2[away.End, error] { return ends(ctx, a.run) }

func (a *awayRun) Cancel(ctx context.Context, cause error) error {
	for _, r := range append(a.before, a.run) {
		if err := r.Cancel(ctx, cause); err != nil {
			return err
		}
	}
	return nil
}

func (a *awayRun) Finish(ctx context.Context) error {
	for _, r := range append(a.before, a.run) {
		var bad *cluster.RunError
		if err := r.Wait(ctx); err != nil && !errors.As(err, &bad) {
			return err
		}
		if err := r.Delete(ctx); err != nil {
			return err
		}
	}
	a.c.Close()
	return nil
}

// ends gives how the commands of a run end.
func ends(ctx context.Context, r *cluster.Run) iter.Seq2[away.End, error] {
	return func(yield func(away.End, error) bool) {
		for o, err := range r.Outcomes(ctx) {
			var end away.End
			if err == nil {
				end, err = endOf(ctx, &o)
			}
			if !yield(end, err) {
				return
			}
		}
	}
}

// endOf is an outcome as package away says it. That a command ran and failed is a
// result.
func endOf(ctx context.Context, o *cluster.Ended) (end away.End, err error) {
	if o.Outcome == cluster.Succeeded {
		b, err := o.Result(ctx)
		var r remote.Result
		if err == nil {
			err = json.Unmarshal(b, &r)
		}
		if err != nil {
			return end, fmt.Errorf("the result of task %s: %w", o.Task, err)
		}
		return away.End{
			Mark: r.Mark, Outcome: r.Outcome, ExitStatus: r.ExitStatus, Signal: r.Signal, Cause: r.Cause,
			Stdout: r.Stdout, Stderr: r.Stderr, Cut: r.StdoutBytes + r.StderrBytes - int64(len(r.Stdout)+len(r.Stderr)),
			Started: r.Started, Ended: r.Ended, User: r.User, System: r.System, PeakMemory: r.PeakMemory, Host: r.Host, Vanished: o.Deliveries,
		}, nil
	}
	var args remote.Args
	if b, err := o.Args(); err == nil && b != nil {
		json.Unmarshal(b, &args) // what is lost has none: then nobody knows which it was, and it is submitted again
	}
	end = away.End{Mark: args.Mark, Outcome: task.Failed, ExitStatus: -1, Started: o.Started, Ended: o.Ended}
	if o.Cause != nil {
		end.Cause = o.Cause.Error()
	}
	switch o.Outcome {
	case cluster.Cancelled:
		end.Outcome = task.Cancelled
	case cluster.TimedOut:
		end.Outcome = task.TimedOut
	case cluster.Failed:
	default:
		end.Cause = fmt.Sprintf("%s: %s", o.Outcome, end.Cause)
	}
	return end, nil
}
