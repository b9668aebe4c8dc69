package journal

import (
	"encoding/json"
	"strconv"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/task"
)

// The events of a journal that are not a task's.
const (
	runBegins task.Kind = "run"
	runEnded  task.Kind = "ended"

	outputWritten task.Kind = "written"
)

// Run is a record of its own: what began, and by what command line it can
// begin again.
type Run struct {
	Version   int       `json:"version"`
	ID        string    `json:"id"`
	Time      time.Time `json:"time"`
	Directory Text      `json:"directory"`
	Args      Words     `json:"args"`           // of skein run, without the inputs
	Template  Words     `json:"template"`       // what makes commands of inputs
	Names     Words     `json:"names"`          // of the columns
	Boot      string    `json:"boot,omitempty"` // of the system; another one after each start
	PID       int       `json:"pid"`            // of its guard, if it has one
}

// Record is one line of a journal, of a task.
type Record struct {
	Event      task.Kind    `json:"event"`
	Seq        int          `json:"seq"`
	Outcome    task.Outcome `json:"outcome"`
	Attempt    int          `json:"attempt"`
	Slot       int          `json:"slot"`
	Time       time.Time    `json:"time"`
	ExitStatus *int         `json:"exit_status"`
	Signal     int          `json:"signal"`
	Cause      string       `json:"cause"`
	Started    time.Time    `json:"started"` // zero: no process was started
	Duration   float64      `json:"duration_seconds"`
	User       float64      `json:"user_seconds"`
	System     float64      `json:"system_seconds"`
	Peak       int64        `json:"peak_memory_bytes"` // 0: not known
	LastWords  string       `json:"last_words"`

	CauseBase64     []byte `json:"cause_base64"`
	LastWordsBase64 []byte `json:"last_words_base64"`
}

// Ended is what a run notes last.
type Ended struct {
	Time       time.Time            `json:"time"`
	ExitStatus int                  `json:"exit_status"`
	Inputs     int                  `json:"inputs"`
	Whole      bool                 `json:"whole"` // the inputs were read to their end
	Counts     map[task.Outcome]int `json:"counts"`
}

// appendEvent appends the line of a task's event. It is the hot path: no
// reflection, and no allocation once b is large enough. What the fold needs
// comes first.
func appendEvent(b []byte, ev *task.Event) []byte {
	from := len(b)
	b = append(b, `{"event":"`...)
	b = append(b, ev.Kind...)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, int64(ev.Spec.Seq), 10)
	ended := ev.Kind != task.Started
	if ended {
		b = append(b, `,"outcome":"`...)
		b = append(b, ev.Outcome...)
		b = append(b, '"')
	}
	if n := ev.StdoutBytes + ev.StderrBytes; n > 0 {
		b = appendInt(b, "output_bytes", n)
	}
	if ev.Attempt > 0 {
		b = appendInt(b, "attempt", int64(ev.Attempt))
		b = appendInt(b, "slot", int64(ev.Slot))
	}
	b = appendTime(b, "time", ev.Time)
	if ended {
		b = appendEnding(b, ev)
	}
	return seal(b, from)
}

func appendEnding(b []byte, ev *task.Event) []byte {
	if ev.ExitStatus >= 0 {
		b = appendInt(b, "exit_status", int64(ev.ExitStatus))
	}
	if ev.Signal != 0 {
		b = appendInt(b, "signal", int64(ev.Signal))
	}
	if ev.Cause != "" {
		b = appendText(b, "cause", ev.Cause)
	}
	if ev.PID != 0 {
		b = appendTime(b, "started", ev.Started)
		b = appendSeconds(b, "duration_seconds", ev.Time.Sub(ev.Started))
		b = appendSeconds(b, "user_seconds", ev.User)
		b = appendSeconds(b, "system_seconds", ev.System)
		if ev.PeakMemory > 0 {
			b = appendInt(b, "peak_memory_bytes", ev.PeakMemory)
		}
	}
	if ev.LastWords != "" {
		b = appendText(b, "last_words", ev.LastWords)
	}
	return b
}

// appendWritten appends that the output of some tasks is out.
func appendWritten(b []byte, all [][2]int) []byte {
	return appendObject(b, outputWritten, outputs{all})
}

// outputs is what a journal says of those that are out.
type outputs struct {
	Tasks [][2]int `json:"tasks"` // first and last numbers
}

func appendRun(b []byte, r Run) []byte {
	r.Version = Version
	return appendObject(b, runBegins, r)
}

func appendEnded(b []byte, exit int, s *State) []byte {
	return appendObject(b, runEnded, Ended{
		Time: time.Now().UTC(), ExitStatus: exit, Inputs: s.Inputs, Whole: s.Whole, Counts: s.Counts(),
	})
}

// appendObject appends the line of an event that comes once a run.
func appendObject(b []byte, event task.Kind, v any) []byte {
	from := len(b)
	members, err := json.Marshal(v)
	if err != nil {
		panic("skein: journal: " + err.Error()) // there is nothing in it that JSON does not know
	}
	b = append(b, `{"event":"`...)
	b = append(b, event...)
	b = append(b, '"', ',')
	b = append(b, members[1:len(members)-1]...)
	return seal(b, from)
}

// Words are the last lines that the task wrote to standard error.
func (r *Record) Words() string {
	if r.LastWordsBase64 != nil {
		return string(r.LastWordsBase64)
	}
	return r.LastWords
}

// How says how the attempt ended, beyond its outcome; empty if that says it.
func (r *Record) How() string {
	switch {
	case r.Cause != "":
		return r.Cause
	case r.CauseBase64 != nil:
		return string(r.CauseBase64)
	case r.Signal != 0:
		return "signal " + strconv.Itoa(r.Signal) + " (" + syscall.Signal(r.Signal).String() + ")"
	case r.ExitStatus != nil && *r.ExitStatus > 0:
		return "exit status " + strconv.Itoa(*r.ExitStatus)
	}
	return ""
}
