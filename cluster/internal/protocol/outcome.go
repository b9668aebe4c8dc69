package protocol

// Outcome is how a task ended, in the words of the library.
type Outcome string

const (
	Succeeded Outcome = "succeeded"
	Failed    Outcome = "failed"
	Panicked  Outcome = "panicked"
	Goexited  Outcome = "goexit"
	TimedOut  Outcome = "timed-out"
	Cancelled Outcome = "cancelled"
	Crashed   Outcome = "crashed" // its workers kept dying
	Lost      Outcome = "lost"    // an assumption was broken

	// Retried is the end of an attempt that another one follows. A task has
	// not ended with it.
	Retried Outcome = "retried"
)

// Ends reports whether the task ends so. A word that is not known is garbage, and
// ends nothing.
func (o Outcome) Ends() bool {
	switch o {
	case Succeeded, Failed, Panicked, Goexited, TimedOut, Cancelled, Crashed, Lost:
		return true
	}
	return false
}

// Record is what the done log says of an attempt.
type Record struct {
	ID      ID
	Attempt int
	Outcome Outcome
}
