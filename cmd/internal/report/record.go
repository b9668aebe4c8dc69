package report

import (
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/task"
)

// record is a line of the log, or what else is told of an event in JSON. A text that is not valid UTF-8, which JSON
// cannot hold, stands under its name with _base64 instead.
type record struct {
	Event         task.Kind    `json:"event"`
	Time          time.Time    `json:"time"`
	Seq           int          `json:"seq,omitempty"`
	Input         *string      `json:"input,omitempty"`
	InputBase64   []byte       `json:"input_base64,omitempty"`
	Name          *string      `json:"name,omitempty"`
	NameBase64    []byte       `json:"name_base64,omitempty"`
	Command       *string      `json:"command,omitempty"`
	CommandBase64 []byte       `json:"command_base64,omitempty"`
	Slot          int          `json:"slot,omitempty"`
	Attempt       int          `json:"attempt,omitempty"`
	PID           int          `json:"pid,omitempty"`
	Outcome       task.Outcome `json:"outcome,omitempty"`
	ExitStatus    *int         `json:"exit_status,omitempty"`
	Signal        int          `json:"signal,omitempty"`
	SignalName    string       `json:"signal_name,omitempty"`
	Cause         string       `json:"cause,omitempty"`
	Left          int          `json:"left,omitempty"`
	*ending
}

// ending is what only a process that has ended has.
type ending struct {
	Started  time.Time `json:"started"`
	Duration float64   `json:"duration_seconds"`
	User     float64   `json:"user_seconds"`
	System   float64   `json:"system_seconds"`
	Peak     int64     `json:"peak_memory_bytes,omitempty"`
	Stdout   int64     `json:"stdout_bytes"`
	Stderr   int64     `json:"stderr_bytes"`
}

// recordOf is what a log says of an event.
func recordOf(ev task.Event) record {
	r := record{
		Event: ev.Kind, Time: ev.Time, Seq: ev.Spec.Seq, Slot: ev.Slot, Attempt: ev.Attempt, PID: ev.PID,
		Outcome: ev.Outcome, Cause: ev.Cause, Left: ev.Left,
	}
	if ev.Err != nil {
		r.Cause = ev.Err.Error()
	}
	if ev.Spec.Seq > 0 {
		r.Input, r.InputBase64 = text(ev.Spec.Input)
		r.Name, r.NameBase64 = text(ev.Command.Name)
		r.Command, r.CommandBase64 = text(ev.Command.Line)
	}
	if ev.Kind != task.Finished && ev.Kind != task.Retried {
		return r
	}
	if ev.ExitStatus >= 0 {
		r.ExitStatus = &ev.ExitStatus
	}
	if ev.Signal != 0 {
		r.Signal, r.SignalName = int(ev.Signal), unix.SignalName(ev.Signal)
	}
	if ev.Began() {
		r.ending = endingOf(ev)
	}
	return r
}

func endingOf(ev task.Event) *ending {
	return &ending{
		Started: ev.Started, Duration: ev.Time.Sub(ev.Started).Seconds(),
		User: ev.User.Seconds(), System: ev.System.Seconds(), Peak: ev.PeakMemory,
		Stdout: ev.StdoutBytes, Stderr: ev.StderrBytes,
	}
}

func text(s string) (*string, []byte) {
	if utf8.ValidString(s) {
		return &s, nil
	}
	return nil, []byte(s)
}
