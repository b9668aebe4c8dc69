// Package report tells what a run does: [Text] to people, [Log] to programs.
package report

import (
	"io"
	"iter"
	"os"

	"example.com/skein/cmd/internal/task"
)

// Options are what is not always asked for. Stdout and Stderr must be set.
type Options struct {
	Stdout, Stderr *os.File
	Order          bool       // write outputs in the order of the inputs
	Tag            bool       // put Command.Tag and a tab before each line
	Lines          bool       // the events have Output
	Verbose        bool       // say who starts and finishes
	Total          func() int // inputs that are known so far to be the total; 0: not known; nil: never
}

// Text writes what the tasks wrote and what became of them, and returns the
// exit status of the run.
func Text(events iter.Seq[task.Event], o Options) (exit int) {
	for range events {
	}
	return 0
}

// Log writes each event to w as one line of JSON before it passes it on.
func Log(w io.Writer, events iter.Seq[task.Event]) iter.Seq[task.Event] {
	return events
}
