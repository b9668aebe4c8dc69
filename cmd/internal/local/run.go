// Package local runs commands on this machine.
//
// [Run] is the way in: specs go in, events come out. [Signals] turns the
// signals that a user or a system sends into the end of a run, and [Most]
// says how many processes the system allows.
//
// A worker is a slot: a goroutine that starts one process after the other,
// reads what it writes, reaps it, and is alone in sending it signals.
package local

import (
	"context"
	"errors"
	"iter"
	"time"

	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/task"
)

// memory is how many bytes of output are held before the spool's file is
// used for more than what exceeds a pipe's size.
const memory = 16 << 20

// Options are what is not always asked for. The zero value is useful.
type Options struct {
	Limit   int             // tasks at a time; 0: as many as [Most] says
	Timeout time.Duration   // of each task; 0: none
	Grace   time.Duration   // between SIGTERM and SIGKILL
	Lines   bool            // give Output events with whole lines as they come
	Fixed   bool            // every task has the same command word: if it cannot be run, none can
	SkipAll bool            // when halted, read the specs that remain and give each as skipped
	Kill    <-chan struct{} // closed: SIGKILL everything now; nil: never
	Dir     string          // where the jobs run; empty: where we do
	Stdin   string          // what each reads: none, which empty is too, inherit, or a file
	TTY     bool            // give each a pseudo-terminal of its own

	Background bool          // what jobs leave behind lives on, unless the run is stopped
	Tidy       bool          // what a job leaves behind is ended when it has ended, and not only with the run; [task.Command] may ask for another thing
	Run        string        // what jobs find in SKEIN_RUN, beside SKEIN_TASK, SKEIN_SLOT and SKEIN_ATTEMPT
	Policy     policy.Policy // when it stops because of how tasks end
	Every      time.Duration // at least so long from the start of a process to that of the next
	Attempts   int           // of each task, in total; 0: one
	Backoff    time.Duration // the most to wait after the first attempt; see [skein.Backoff]
	Control    *Control      // changes the run while it goes on; nil: nobody does

	// RetryOn says whether another attempt may follow one that ended so, by
	// itself or because of Timeout; nil: whatever it was. A command that
	// cannot be started is not tried again.
	RetryOn func(task.Event) bool

	// Record, if it is not nil, is called with the Started of each attempt,
	// before its process exists, so that PID is 0; and with each Retried and
	// Finished before that is given to anybody, and with it the output. It
	// is called by slots, concurrently, and what it does delays them.
	Record func(task.Event)

	// Backlog is how many bytes of output may wait in the temporary file
	// before no further task starts; 0: 1 GiB or a tenth of what is free.
	Backlog int64

	// Turn, if it is not nil, gives the place of the task whose output can be
	// written as it comes, because all before it have ended. When there is no
	// room for output it comes in Output events, without regard to lines, and
	// so makes room for others.
	Turn func() int

	// Wrote, if it is not nil, is called with what the task number seq in a
	// slot has just written. It is called by slots, concurrently, and must
	// not keep p.
	Wrote func(slot, seq int, p []byte)
}

// errLeft is why a run is stopped whose loop was left.
var errLeft = errors.New("nobody wants the rest")

// Run runs the command that work gives for each spec, and gives the events of
// all of them, in the order in which they happened. The last of a task's
// events comes when its process has been reaped.
//
// When ctx is done no further task starts, those that run get SIGTERM and,
// after the grace, SIGKILL; their events still come. Leaving the loop does
// the same and waits. When the loop ends no process that a task started is
// left, except what was made through another program that already ran. A read
// of specs that blocks for ever is abandoned, and only then a goroutine stays.
//
// An error among the specs halts the run: what runs ends by itself.
//
// A program has one Run at a time: it is the parent of everything it finds.
func Run(ctx context.Context, specs iter.Seq2[task.Spec, error], work task.Work, o Options) iter.Seq[task.Event] {
	return func(yield func(task.Event) bool) {
		r, err := newRunner(work, o)
		if err != nil {
			yield(task.Event{Kind: task.Faulted, Time: time.Now(), Err: &task.Fault{Err: err}})
			return
		}
		defer r.close()
		defer context.AfterFunc(ctx, func() { r.stop(context.Cause(ctx)) })()
		r.begin(specs)
		r.tell(ctx, yield)
	}
}

// tell yields the events until every worker has ended. That the context is
// done is told here, as the run stops even while yield blocks.
func (r *runner) tell(ctx context.Context, yield func(task.Event) bool) {
	done := ctx.Done()
	for {
		select {
		case <-done:
			done = nil
			if !yield(halted(context.Cause(ctx))) {
				r.leave()
				return
			}
		case ev, ok := <-r.events:
			if !ok {
				if done != nil && ctx.Err() != nil {
					yield(halted(context.Cause(ctx)))
				}
				return
			}
			n := outputs(&ev)
			goOn := yield(ev)
			r.unread.took(n)
			if !goOn {
				r.leave()
				return
			}
		}
	}
}

// leave stops what runs and waits for it.
func (r *runner) leave() {
	r.stop(errLeft)
	for ev := range r.events {
		r.unread.took(outputs(&ev))
		ev.Stdout.Free()
		ev.Stderr.Free()
	}
}

func halted(err error) task.Event {
	return task.Event{Kind: task.Halted, Time: time.Now(), Err: err}
}
