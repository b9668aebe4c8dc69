package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// Runner runs commands, each in a session of its own, and ends it and all that
// it has started when it is cancelled. What a command leaves behind when it ends
// by itself is ended too, before its end is told: whoever waits for the command
// may wait for nothing else here. What wants to live on lives as long as the
// runner, and so does what cannot be known as the command's: it is in a session of
// its own and has thrown away its environment.
//
// A program has one at a time: it is a [local.Run].
type Runner struct {
	// Swept, if it is not nil, is called when processes were ended with the
	// runner that commands had left behind, with how many, and whose: a text
	// with what they call themselves. It is set before Run is called.
	Swept func(n int, whose string)

	allow   *Allowed
	control *local.Control
	specs   chan task.Spec
	over    chan struct{} // closed when Run returns
	err     error         // why, written before
	host    string

	mu    sync.Mutex
	last  int
	calls map[int]*call
}

// call is a Do that goes on.
type call struct {
	argv     []string
	args     Args
	unwanted bool // it is to end, once it has begun
	started  chan struct{}
	ended    chan Result
}

// errOver is why a command is not run any more.
var errOver = errors.New("the worker ends")

// NewRunner makes a runner. Nothing runs until [Runner.Run] does.
func NewRunner(allow *Allowed) *Runner {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &Runner{
		allow: allow, control: local.NewControl(), host: host,
		specs: make(chan task.Spec), over: make(chan struct{}), calls: map[int]*call{},
	}
}

// Run runs what Do is called with, at most n commands at a time, until ctx is
// done; then it ends what runs, by SIGTERM and after the grace by SIGKILL, and
// returns when no process is left. An error says that skein itself could not do
// what it should: no command was or will be run right. It is called once.
func (r *Runner) Run(ctx context.Context, n int, grace time.Duration) error {
	defer close(r.over)
	specs := func(yield func(task.Spec, error) bool) {
		for {
			select {
			case spec := <-r.specs:
				if !yield(spec, nil) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
	o := local.Options{Limit: n, Grace: grace, Tidy: true, Control: r.control, Run: "remote-" + r.host + "-" + time.Now().Format("150405.000000")}
	for ev := range local.Run(ctx, specs, r.command, o) {
		r.take(&ev)
		ev.Stdout.Free()
		ev.Stderr.Free()
	}
	return r.err
}

// command is what is run for a spec.
func (r *Runner) command(spec task.Spec, _ int) (task.Command, error) {
	c := r.call(spec.Seq)
	return task.Command{Argv: c.argv, Line: strings.Join(c.argv, " "), Dir: string(c.args.Dir), Env: c.args.Env, Background: c.args.Background}, nil
}

func (r *Runner) call(seq int) *call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[seq]
}

// take takes an event of the run.
func (r *Runner) take(ev *task.Event) {
	switch ev.Kind {
	case task.Started:
		r.mu.Lock()
		c := r.calls[ev.Spec.Seq]
		unwanted := c.unwanted
		close(c.started)
		r.mu.Unlock()
		if unwanted {
			r.control.Cancel(ev.Spec.Seq)
		}
	case task.Finished:
		r.mu.Lock()
		c := r.calls[ev.Spec.Seq]
		delete(r.calls, ev.Spec.Seq)
		r.mu.Unlock()
		c.ended <- r.result(ev)
	case task.Swept:
		if r.Swept != nil {
			r.Swept(ev.Left, ev.Cause)
		}
	case task.Faulted:
		r.err = ev.Err
	}
}

func (r *Runner) result(ev *task.Event) Result {
	word := 0
	if ev.Word != nil {
		word = ev.Word.Status
	}
	return Result{
		NotRunnable: word,
		Outcome:     ev.Outcome, ExitStatus: ev.ExitStatus, Signal: int(ev.Signal), Cause: ev.Cause,
		Stdout: beginning(ev.Stdout, ev.StdoutBytes), Stderr: beginning(ev.Stderr, ev.StderrBytes), StdoutBytes: ev.StdoutBytes, StderrBytes: ev.StderrBytes,
		Left: ev.Left, LeftNames: ev.LeftNames,
		Started: ev.Started, Ended: ev.Time, User: ev.User, System: ev.System, PeakMemory: ev.PeakMemory, Host: r.host,
	}
}

// beginning is what a result has of an output of n bytes.
func beginning(t *spool.Text, n int64) []byte {
	if t == nil || n == 0 {
		return nil
	}
	b := limited{most: MostOutput}
	b.Grow(int(min(n, MostOutput))) // it may be large, and there may be many
	t.WriteTo(&b)                   // ends with errFull, or at the end
	return b.Bytes()
}

type limited struct {
	bytes.Buffer
	most int
}

var errFull = errors.New("enough")

func (l *limited) Write(p []byte) (int, error) {
	if room := l.most - l.Len(); len(p) > room {
		l.Buffer.Write(p[:room])
		return room, errFull
	}
	return l.Buffer.Write(p)
}

// Do runs a command and returns how it ended; it is a handler of [Command]. When
// ctx is done it ends the command first, and returns ctx's cause. A command that
// is not allowed is refused with an error that says why.
func (r *Runner) Do(ctx context.Context, in Args) (Result, error) {
	argv, err := r.allow.check(in)
	if err != nil {
		return Result{}, err
	}
	c := &call{argv: argv, args: in, started: make(chan struct{}), ended: make(chan Result, 1)}
	seq := r.enter(c)
	spec := task.Spec{Seq: seq}
	if len(in.Stdin) > 0 {
		spec.Block = in.Stdin
	}
	select {
	case r.specs <- spec:
		return r.await(ctx, seq, c)
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-r.over:
		err = r.why()
	}
	r.mu.Lock()
	delete(r.calls, seq)
	r.mu.Unlock()
	return Result{}, err
}

func (r *Runner) enter(c *call) (seq int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.calls[r.last] = c
	return r.last
}

// why is why the run is over, which it is.
func (r *Runner) why() error { return cmp.Or(r.err, errOver) }

// await waits for the end of a command that the run has taken.
func (r *Runner) await(ctx context.Context, seq int, c *call) (Result, error) {
	var late <-chan time.Time
	started, done, why := c.started, ctx.Done(), error(nil)
	for {
		select {
		case result := <-c.ended:
			return conclude(result, why)
		case <-started:
			started = nil
			if c.args.Timeout > 0 {
				timer := time.NewTimer(c.args.Timeout)
				defer timer.Stop()
				late = timer.C
			}
			continue
		case <-late:
			late, why = nil, cmp.Or(why, errLate)
		case <-done:
			done, why = nil, cmp.Or(why, context.Cause(ctx))
		case <-r.over:
			select {
			case result := <-c.ended:
				return conclude(result, why)
			default:
				return Result{}, cmp.Or(why, r.why())
			}
		}
		r.cancel(seq, c)
	}
}

// errLate is that the time-out is over.
var errLate = errors.New("late")

// cancel ends a command that runs, or will once it does.
func (r *Runner) cancel(seq int, c *call) {
	r.mu.Lock()
	c.unwanted = true
	r.mu.Unlock()
	r.control.Cancel(seq)
}

// conclude says how a command ended that we may have told to, because of why.
func conclude(result Result, why error) (Result, error) {
	switch {
	case result.Outcome == task.Skipped:
		return Result{}, cmp.Or(why, errOver)
	case result.Outcome != task.Cancelled:
		return result, nil
	case errors.Is(why, errLate):
		result.Outcome, result.Cause = task.TimedOut, "it took longer than its time-out"
		return result, nil
	}
	return Result{}, cmp.Or(why, errOver)
}
