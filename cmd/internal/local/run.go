// Package local runs commands on this machine.
//
// [Run] is the way in: specs go in, events come out. [Signals] turns the
// signals that a user or a system sends into the end of a run, and [Most]
// says how many processes the system allows.
package local

import (
	"context"
	"iter"
	"time"

	"example.com/skein/cmd/internal/task"
)

// Options are what is not always asked for. The zero value is useful.
type Options struct {
	Limit   int             // tasks at a time; 0: as many as [Most] says
	Timeout time.Duration   // of each task; 0: none
	Grace   time.Duration   // between SIGTERM and SIGKILL
	Lines   bool            // give Output events with whole lines as they come
	Fixed   bool            // every task has the same command word: if it cannot be run, none can
	SkipAll bool            // when halted, read the specs that remain and give each as skipped
	Kill    <-chan struct{} // closed: SIGKILL everything now; nil: never
}

// Run runs the command that work gives for each spec, and gives the events of
// all of them, in the order in which they happened. The last of a task's
// events comes when its process has been reaped.
//
// When ctx is done no further task starts, those that run get SIGTERM and,
// after the grace, SIGKILL; their events still come. Leaving the loop does
// the same and waits. After the loop no process that a task started is left.
//
// An error among the specs halts the run: what runs ends by itself.
func Run(ctx context.Context, specs iter.Seq2[task.Spec, error], work task.Work, o Options) iter.Seq[task.Event] {
	return func(yield func(task.Event) bool) {}
}
