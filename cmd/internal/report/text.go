// Package report tells what a run does: [Text] to people, [Log] to programs.
package report

import (
	"cmp"
	"errors"
	"iter"
	"os"
	"syscall"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// Options are what is not always asked for. Stdout, Stderr and Stop must be
// set.
type Options struct {
	Stdout, Stderr *os.File
	Stop           func(cause error) // ends the run; called when standard output cannot be written
	Order          bool              // write outputs in the order of the inputs
	Tag            bool              // put Command.Tag and a tab before each line
	Lines          bool              // the events have Output
	Verbose        bool              // say who starts and finishes
	Total          func() int        // how many tasks there will be; 0: not known. Nil: never known
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
		t.order = &order{next: 1}
	}
	stop := t.screen.live(func() string { return t.tally.line(o.Total) })
	for ev := range events {
		t.take(ev)
	}
	stop()
	exit = t.exit.status(t.tally.allSucceeded())
	t.summary(exit)
	return exit
}

// teller is what Text knows.
type teller struct {
	o       Options
	screen  *screen
	tally   *tally
	order   *order // nil unless outputs wait for their turn
	exit    exit
	broken  bool  // an output cannot be written any more
	stopped error // why we stopped the run; it comes back as what halted it
}

func (t *teller) take(ev task.Event) {
	t.tally.count(ev)
	switch ev.Kind {
	case task.Started:
		if t.o.Verbose {
			t.say("%s started", name(ev))
		}
	case task.Output, task.Finished:
		t.output(ev)
		if ev.Kind == task.Finished {
			t.finished(ev)
		}
	case task.Swept:
		t.say("skein: ended %s that tasks had left behind", count(ev.Left, "process", "processes"))
	case task.Warned:
		t.warn(ev.Err)
	default:
		t.trouble(ev.Err)
	}
}

// finished says how a task ended, if that is not to be seen elsewhere.
func (t *teller) finished(ev task.Event) {
	switch {
	case t.o.Verbose && ev.Outcome == task.Succeeded:
		t.say("%s finished", name(ev))
	case t.o.Verbose:
		t.say("%s %s", name(ev), ended(ev))
	}
	if ev.Outcome == task.Succeeded && ev.Cause != "" {
		t.say("skein: %s: %s", name(ev), ev.Cause)
	}
}

// output writes, now or when its turn comes, what a task wrote.
func (t *teller) output(ev task.Event) {
	p := piece{ev.Stdout, ev.Stderr, ev.Command.Tag}
	if t.order == nil {
		t.write(p)
		return
	}
	for _, p := range t.order.add(cmp.Or(ev.Spec.Place, ev.Spec.Seq), p, ev.Kind == task.Finished) {
		t.write(p)
	}
}

// write writes both texts and gives them back.
func (t *teller) write(p piece) {
	t.writeText(t.screen.stdout, p.stdout, p.tag)
	t.writeText(t.screen.stderr, p.stderr, p.tag)
}

func (t *teller) writeText(to *output, text *spool.Text, tag string) {
	defer text.Free()
	if t.broken || text.Len() == 0 {
		return
	}
	err := t.screen.write(to, text, liner{prefix: t.prefix(tag), whole: t.o.Tag || t.o.Lines})
	switch {
	case err == nil:
		return
	case errors.Is(err, syscall.EPIPE):
		t.exit.closed = true
		err = ErrClosed
	default:
		t.trouble(&task.Fault{Err: err})
	}
	t.broken, t.stopped = true, err
	t.o.Stop(err)
}

func (t *teller) prefix(tag string) string {
	if !t.o.Tag {
		return ""
	}
	return tag + "\t"
}
