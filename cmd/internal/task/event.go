package task

import (
	"fmt"
	"syscall"
	"time"

	"example.com/skein"
	"example.com/skein/cmd/internal/spool"
)

// Kind is what an Event tells.
type Kind string

// The kinds of Event. A task that is skipped has a Finished without a
// Started. Every other has, for each of its attempts, a Started and then a
// Retried, or, for the last attempt, a Finished: so there is one Finished a
// task. One that is cancelled while it waits for its next attempt, whose last
// one has its Retried, has a Finished without a process.
const (
	Started  Kind = "started"
	Retried  Kind = "retried" // an attempt ended as a Finished says, and another follows
	Output   Kind = "output"  // whole lines of a running task, with --line
	Held     Kind = "held"    // its process was found stopped, by Signal; told once
	Finished Kind = "finished"
	Halted   Kind = "halted"  // of the run: no further task starts; Err says why
	Swept    Kind = "swept"   // of the run: Left processes that tasks left behind were ended
	Warned   Kind = "warning" // of the run: something is amiss that stops nothing; Err says what
	Faulted  Kind = "fault"   // of the run: skein itself did not keep a promise; Err says which
)

// Outcome is how a task ended, in the library's words.
type Outcome = skein.Outcome

// The outcomes of a command.
const (
	Succeeded         = skein.Succeeded
	Failed            = skein.Failed    // an exit status other than 0, or it could not be started
	Cancelled         = skein.Cancelled // we told it to stop, however it then ended
	TimedOut          = skein.TimedOut  // the same, because of --timeout
	Killed    Outcome = "killed"        // a signal that was not ours
	Skipped           = skein.Skipped   // never started, because the run was halted
)

// Event is the one record that flows from the workers to the reports.
type Event struct {
	Kind    Kind
	Time    time.Time
	Spec    Spec
	Command Command
	Slot    int // from 1; 0 for a skipped task
	Attempt int // from 1; 0 for a skipped task
	PID     int // 0 if no process was started, or it is on another machine

	// Only with Finished and Retried:

	Outcome    Outcome
	ExitStatus int            // -1 unless it exited by itself
	Signal     syscall.Signal // 0 unless a signal ended it
	Cause      string         // why it was cancelled, timed out, skipped or could not be started
	Word       *NotRunnable   // why its command word cannot be run; nil: it can, or nobody has tried
	Started    time.Time      // with Started too; zero: no process was started
	User       time.Duration  // CPU time of the task and of the descendants it waited for
	System     time.Duration
	PeakMemory int64  // bytes, of its largest process; 0: not known
	LastWords  string // the last lines it wrote to standard error, unless it succeeded

	// How many bytes were read from what it wrote, by this attempt: as many
	// must come out.
	StdoutBytes, StderrBytes int64

	// How many were Swept, or, with Finished, ended with the task that had left
	// them behind; and what the first of them are called.
	Left      int
	LeftNames []string

	// Err says why the run is Halted or what Faulted: *NotRunnable, *Stopped,
	// Interrupted and *Fault have exit statuses of their own, any other error
	// is the input's.
	Err error

	// Stdout and Stderr are what the task wrote: with Finished all of it, or,
	// with --line, with Output some whole lines of it. Nil means nothing.
	// They belong to whoever receives the event, and go back with Free.
	Stdout, Stderr *spool.Text
}

// Began reports whether the task was begun: it has a process, or a cluster has
// it.
func (ev *Event) Began() bool { return ev.PID != 0 || !ev.Started.IsZero() }

// Untried reports whether the task was skipped before any attempt of this run.
// A run before may have tried it, and what that brought stands.
func (ev *Event) Untried() bool { return ev.Outcome == Skipped && ev.Attempt == 0 }

// How says how an attempt ended, beyond its outcome; empty if that says it.
func (ev *Event) How() string {
	switch {
	case ev.Cause != "":
		return ev.Cause
	case ev.Signal != 0:
		return fmt.Sprintf("signal %d (%v)", int(ev.Signal), ev.Signal)
	case ev.ExitStatus > 0:
		return fmt.Sprintf("exit status %d", ev.ExitStatus)
	}
	return ""
}
