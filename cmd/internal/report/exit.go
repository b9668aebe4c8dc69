package report

import (
	"errors"
	"syscall"

	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// exit is what decides the exit status beside the outcomes, in the order of
// its precedence.
type exit struct {
	fault  bool           // 4
	signal syscall.Signal // 128 + signal
	closed bool           // 141
	word   int            // 126, 127
	why    string         // what is wrong with the word
	input  bool           // 2
	policy bool           // 3
}

func (e *exit) status(well bool) int {
	switch {
	case e.fault:
		return 4
	case e.signal != 0:
		return 128 + int(e.signal)
	case e.closed:
		return 128 + int(syscall.SIGPIPE)
	case e.word != 0:
		return e.word
	case e.input:
		return 2
	case e.policy:
		return 3
	case !well:
		return 1
	}
	return 0
}

// trouble notes and tells an error of the run.
func (t *teller) trouble(err error) {
	var fault *task.Fault
	var word *task.NotRunnable
	var signal task.Interrupted
	var stopped *task.Stopped
	switch {
	case t.stopped != nil && errors.Is(err, t.stopped):
		return // it has been told
	case errors.As(err, &fault):
		t.exit.fault = true
		t.say("skein: %v", err)
	case errors.As(err, &signal):
		t.exit.signal = syscall.Signal(signal)
		t.interrupted(signal)
	case errors.As(err, &stopped):
		t.exit.policy = !stopped.Succeeded
		t.stopping(stopped)
	case errors.As(err, &word):
		t.exit.word, t.exit.why = word.Status, word.Error()
		t.say("skein: %v", err)
		if word.Host != "" {
			t.say("hint: the command is the same for every input, and no worker has run it so far; this one is on %s", word.Host)
			break
		}
		t.say("hint: the command is the same for every input, so it was tried once")
	default:
		t.exit.input = true
		t.warn(err)
	}
}

// warn tells what is wrong, and the way out if there is one.
func (t *teller) warn(err error) {
	t.say("skein: %v", err)
	var mistake *usage.Error
	if errors.As(err, &mistake) && mistake.Hint != "" {
		t.say("hint: %s", mistake.Hint)
	}
}

// stopping says which rule stops the run.
func (t *teller) stopping(why error) {
	if n := t.tally.running(); n > 0 {
		t.say("skein: %v: stopping %s", why, count(n, "task", "tasks"))
		return
	}
	t.say("skein: %v: no further task starts", why)
}

func (t *teller) interrupted(err error) {
	if n := t.tally.running(); n > 0 {
		t.say("skein: %v: stopping %s; once more kills at once", err, count(n, "task", "tasks"))
		return
	}
	t.say("skein: %v", err)
}
