package skein

import "time"

// Outcome is how a worker ended. The words are the same in events, statistics,
// on the command line and on the cluster.
type Outcome string

// The outcomes of a worker in a group.
const (
	Succeeded Outcome = "succeeded" // it returned nil, even after the group was cancelled
	Failed    Outcome = "failed"    // it returned an error of its own
	Panicked  Outcome = "panicked"
	Goexited  Outcome = "goexit"    // it called runtime.Goexit
	Cancelled Outcome = "cancelled" // it returned an echo of the group's cancellation
	TimedOut  Outcome = "timed-out" // the same, and the cause is a deadline
	Skipped   Outcome = "skipped"   // it was accepted, and never started because the group was cancelled
)

// Event tells that a worker has started or ended. See [Observe].
type Event struct {
	Group  string    // the group's [Name]
	Worker int64     // its number in the group, from 1, in the order of submission
	Name   string    // as given to [Group.GoNamed]
	Time   time.Time // when it happened

	// Outcome is empty when the worker starts. A worker that is skipped has
	// one event, every other two.
	Outcome Outcome

	// Err belongs to the outcome: the error that the worker returned, its
	// *PanicError, ErrGoexit, or the cause for which it was skipped.
	Err error
}

// Stats counts a group's workers. The sum of the outcomes, Running and Queued
// is the number of those that were accepted. Child groups count apart.
type Stats struct {
	Running   int `json:"running"`
	Queued    int `json:"queued"`
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
	Panicked  int `json:"panicked"`
	Goexited  int `json:"goexit"`
	Cancelled int `json:"cancelled"`
	TimedOut  int `json:"timedOut"`
	Skipped   int `json:"skipped"`
}

// count adds one worker that ended otherwise than well. Successes are not
// counted: they are the rest.
func (s *Stats) count(o Outcome) {
	switch o {
	case Failed:
		s.Failed++
	case Panicked:
		s.Panicked++
	case Goexited:
		s.Goexited++
	case Cancelled:
		s.Cancelled++
	case TimedOut:
		s.TimedOut++
	case Skipped:
		s.Skipped++
	}
}

func (s *Stats) unsuccessful() int {
	return s.Failed + s.Panicked + s.Goexited + s.Cancelled + s.TimedOut + s.Skipped
}
