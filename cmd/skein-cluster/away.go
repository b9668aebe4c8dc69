package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/away"
	"example.com/skein/cmd/internal/remote"
	"example.com/skein/cmd/internal/task"
)

// serveAway is the other end of skein run --on.
func serveAway() int {
	s := awayServer{to: json.NewEncoder(os.Stdout), come: make(chan struct{}, 1), heard: time.Now()}
	if err := s.serve(context.Background(), os.Stdin); err != nil {
		return fail("run --on", err, exitFailed)
	}
	return 0
}

// awayRun is a run of commands.
type awayRun struct {
	c      *cluster.Client
	run    *cluster.Run
	before []*cluster.Run

	mu    sync.Mutex
	safe  int               // tasks that were submitted
	marks map[int]away.Mark // by number, of those that have not ended
}

// openAway opens the run, and those that it goes on with: nobody submits to these
// any more.
func openAway(ctx context.Context, o away.Open) (*awayRun, error) {
	url, opts, err := on(o.On)
	if err != nil {
		return nil, err
	}
	c, err := cluster.Open(ctx, url, opts...)
	if err != nil {
		return nil, withHint(err)
	}
	a := &awayRun{c: c, marks: map[int]away.Mark{}}
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

// submit submits tasks in order, and returns how many are safe, and why the next
// one is not.
func (a *awayRun) submit(ctx context.Context, all []away.Task) (int, error) {
	a.mu.Lock()
	for i, t := range all { // the run is new, so they are its tasks 1, 2 and so on
		a.marks[a.safe+i+1] = t.Mark
	}
	a.mu.Unlock()
	n, err := remote.Command.SubmitAll(ctx, a.run, func(yield func(remote.Args) bool) {
		for _, t := range all {
			if !yield(remote.Args{Mark: t.Mark, Argv: t.Argv, Dir: t.Dir, Stdin: t.Stdin, Timeout: t.Timeout, Background: t.Background}) {
				return
			}
		}
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.safe += n
	return n, err
}

// mark is that of a task of this run, which has ended. A record of what is lost
// has none.
func (a *awayRun) mark(n int) away.Mark {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer delete(a.marks, n)
	return a.marks[n]
}

// trouble is why nothing comes; "": nothing is wrong. It asks, of what may be the
// reason, what is easiest to see first.
func (a *awayRun) trouble(ctx context.Context) string {
	if !a.c.Connected() {
		return "there is no connection to the cluster; it is tried again"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	use, err := a.c.Usage(ctx)
	if err != nil {
		return fmt.Sprintf("the cluster does not answer: %v", err)
	}
	if use.Halted != nil {
		return fmt.Sprintf("%v", use.Halted)
	}
	if what := use.Full(); what != "" {
		return fmt.Sprintf("the cluster has no room for %s: skein tasks --on KEY delete removes runs that have ended", what)
	}
	workers, err := a.c.Workers(ctx)
	if err != nil {
		return fmt.Sprintf("the cluster does not answer: %v", err)
	}
	for _, w := range workers {
		if slices.Contains(w.Types, remote.TypeName) {
			return ""
		}
	}
	return "no worker is there that runs commands; skein worker joins one"
}

// endsBefore gives how the tasks of the runs ended that this one goes on with,
// until all have.
func (a *awayRun) endsBefore(ctx context.Context) iter.Seq2[away.End, error] {
	return func(yield func(away.End, error) bool) {
		for _, r := range a.before {
			if err := r.Close(ctx); err != nil {
				yield(away.End{}, err)
				return
			}
			for end, err := range ends(ctx, r, func(int) away.Mark { return away.Mark{} }) {
				if !yield(end, err) || err != nil {
					return
				}
			}
		}
	}
}

// cancel has all end that has not. It also ends submission, so that it is known
// sooner how many tasks there were, where no worker says how they end.
func (a *awayRun) cancel(ctx context.Context, cause error) error {
	for _, r := range append(slices.Clip(a.before), a.run) {
		err := r.Cancel(ctx, cause)
		if err == nil {
			err = r.Close(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// finish is for when the ends of all tasks are known: nobody needs any of these
// runs any more.
func (a *awayRun) finish(ctx context.Context) error {
	for _, r := range append(a.before, a.run) {
		if err := r.Discard(ctx); err != nil {
			return err
		}
	}
	a.c.Close()
	return nil
}

// ends gives how the commands of a run end, until ctx is done. What is lost has no
// mark in its record: mark gives it, by the task's number.
func ends(ctx context.Context, r *cluster.Run, mark func(n int) away.Mark) iter.Seq2[away.End, error] {
	return func(yield func(away.End, error) bool) {
		for o, err := range r.Outcomes(ctx) {
			var end away.End
			if err == nil && o.Task.Type != remote.TypeName {
				continue // nobody has submitted that here
			}
			if err == nil {
				end, err = endOf(ctx, &o)
				if known := mark(o.Task.N); end.Mark == (away.Mark{}) {
					end.Mark = known
				}
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
			NotStarted: r.Started.IsZero(), Word: r.NotRunnable, Left: r.Left, LeftNames: r.LeftNames,
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
