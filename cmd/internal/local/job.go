package local

import (
	"bytes"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// job is a process of a slot.
//
// Its life: started; told to stop, perhaps, for a reason; reaped; its pipes
// at their end. Only the first three can be in another order: a process may
// close its pipes and go on, or end while a descendant holds them.
type job struct {
	seq     int // the task's, and of its attempts which one
	attempt int

	pid int
	grip
	out   [2]stream
	event task.Event // what all its events have in common

	began  time.Time
	clock  time.Time // the same, on the clock that stands while we are stopped, as killAt and leave
	ended  time.Time // zero until it is reaped
	status syscall.WaitStatus
	usage  syscall.Rusage

	told    bool         // its group got SIGTERM
	killed  bool         // and SIGKILL
	reason  task.Outcome // Cancelled or TimedOut, if it was told before it ended
	cause   string
	killAt  time.Time // once it was told
	leave   time.Time // when to close the pipes that a descendant holds
	held    bool      // that its process is stopped has been told
	settled bool      // no start is under way that began before leave first came

	left      int      // processes that it left behind and that were ended with it
	leftNames []string // what the first of them are called
}

// stream is one of the two pipes of a job.
type stream struct {
	fd   int // -1 at the end
	text *spool.Text
	tail []byte // the end of what Output events took away
	read int64  // bytes that came out of the pipe
	lost bool   // the spool failed: what comes is thrown away
}

func (j *job) open() bool { return j.out[0].fd >= 0 || j.out[1].fd >= 0 }

func (j *job) reaped() bool { return !j.ended.IsZero() }

// lastWords are the last lines that the job wrote to standard error.
func (j *job) lastWords() string {
	e := &j.out[1]
	end, err := e.text.Tail(task.LastBytes)
	if err != nil {
		return ""
	}
	return task.LastWords(append(bytes.Clone(e.tail), end...))
}
