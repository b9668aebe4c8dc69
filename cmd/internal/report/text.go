// Package report tells what a run does: [Text] to people, [Log] to programs.
package report

import (
	"errors"
	"iter"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/task"
)

// Options are what is not always asked for. Stdout, Stderr and Stop must be
// set.
type Options struct {
	Stdout, Stderr *os.File
	Stop           func(cause error)        // ends the run; called when standard output cannot be written
	Order          bool                     // write outputs in the order of the inputs
	Tag            bool                     // put Command.Tag and a tab before each line
	Lines          bool                     // the events have Output
	Verbose        bool                     // say who starts and finishes
	Quiet          bool                     // no summary, and nothing about tasks that fail
	JSON           *Outcomes                // write outcomes instead of outputs; nil: outputs
	Bare           bool                     // write no outputs, as standard output has the events
	Progress       Progress                 // how to show what goes on
	Live           *Live                    // with ProgressLive; it is told what the tasks write
	Again          func(line string) string // makes a command's line one that works from where the run was started; nil: it does
	Repeat         string                   // a command that runs again what failed; empty: there is none
	Groups         bool                     // put each output into a group of GitHub Actions
	Turn           *atomic.Int64            // with Order: is set to the place of the task whose output is written as it comes
	Total          func() int               // how many tasks there will be; 0: not known. Nil: never known
	Written        func(first, last int)    // is told when the outputs of the tasks with these numbers, and of those between them, are out; nil: nobody asks
	UntilSuccess   bool                     // one task that succeeded is what was wanted
}

// ErrClosed is the cause of a run whose standard output was closed.
var ErrClosed = errors.New("standard output was closed")

// Text writes what the tasks wrote and what became of them until the events
// end, and returns the exit status of the run.
func Text(events iter.Seq[task.Event], o Options) (exit int) {
	t := &teller{
		o:      o,
		screen: newScreen(o.Stdout, o.Stderr),
		tally:  newTally(),
	}
	if o.Order {
		t.order = newOrder()
		if t.order.turn = o.Turn; o.Turn != nil {
			o.Turn.Store(1)
		}
	}
	t.follow(events)
	t.balance()
	exit = t.exit.status(t.tally.well(o.UntilSuccess))
	t.summary(exit)
	return exit
}

// Progress is how it is shown what goes on.
type Progress uint8

const (
	ProgressNone  Progress = iota
	ProgressPlain          // a line every few seconds
	ProgressLive           // a view that is drawn again and again, on a terminal
)

// CanLive says that a view can be drawn on this file.
func CanLive(f *os.File) bool { return isTerminal(f) && os.Getenv("TERM") != "dumb" }

// follow takes all events while it shows what goes on.
func (t *teller) follow(events iter.Seq[task.Event]) {
	stop := func() {}
	switch t.o.Progress {
	case ProgressLive:
		stop = t.screen.live(func(columns, lines int) []string {
			return t.o.Live.view(t.tally.line(t.o.Total), columns, lines, time.Now())
		})
	case ProgressPlain:
		stop = every(plainEvery, func() { t.say("skein: %s", t.tally.line(t.o.Total)) })
	}
	defer stop()
	for ev := range events {
		t.take(ev)
	}
}

// teller is what Text knows.
type teller struct {
	o       Options
	screen  *screen
	tally   *tally
	order   *order // nil unless outputs wait for their turn
	exit    exit
	broken  bool  // an output cannot be written any more
	full    bool  // it has been told that there is no room for output
	read    int64 // bytes that were read from the tasks
	written int64 // of them, those that came out
	stopped error // why we stopped the run; it comes back as what halted it
}

func (t *teller) take(ev task.Event) {
	t.tally.count(ev)
	if t.o.Live != nil {
		t.o.Live.take(ev)
	}
	switch ev.Kind {
	case task.Started:
		if t.o.Verbose {
			t.say("%s started", name(ev))
		}
	case task.Retried:
		t.retried(ev)
	case task.Output, task.Finished:
		t.tellFull(ev)
		t.output(ev)
		if ev.Kind == task.Finished {
			t.finished(ev)
		}
	case task.Held:
		t.say("skein: %s: stopped (%s) and waiting to be continued: kill -CONT %d", name(ev), unix.SignalName(ev.Signal), ev.PID)
	case task.Swept:
		whose := ""
		if ev.Cause != "" {
			whose = " (" + inert.Text(ev.Cause) + ")" // a process may call itself anything
		}
		t.say("skein: ended %s that tasks had left behind%s", count(ev.Left, "process", "processes"), whose)
	case task.Warned:
		t.warn(ev.Err)
	case task.Faulted:
		if t.o.Bare && errors.Is(ev.Err, syscall.EPIPE) {
			t.unwritable(ev.Err)
			break
		}
		t.trouble(ev.Err)
	default:
		t.trouble(ev.Err)
	}
}

// tellFull says once that output comes before its task has ended, as there
// was no room for it.
func (t *teller) tellFull(ev task.Event) {
	if ev.Kind == task.Output && !t.o.Lines && !t.full {
		t.full = true
		t.say("skein: %s has no room for more output: tasks wait until what is there is written", os.TempDir())
	}
}

// finished says how a task ended, if that is not to be seen elsewhere.
func (t *teller) finished(ev task.Event) {
	switch {
	case t.o.Verbose && ev.Outcome == task.Succeeded:
		t.say("%s finished", name(ev))
	case t.o.Verbose:
		t.say("%s %s", name(ev), ended(ev))
	case t.o.Progress != ProgressNone && remarkable(ev):
		t.say("skein: %s: %s", name(ev), ended(ev))
	}
	if ev.Outcome == task.Succeeded && ev.Cause != "" {
		t.say("skein: %s: %s", name(ev), ev.Cause)
	}
}
