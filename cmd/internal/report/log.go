package report

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/task"
)

// record is a line of the log. A text that is not valid UTF-8, which JSON
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
	Peak     int64     `json:"peak_memory_bytes"`
	Stdout   int64     `json:"stdout_bytes"`
	Stderr   int64     `json:"stderr_bytes"`
}

// Log writes each event but Output to w, as one line of JSON and with one
// Write, before it passes it on. If w fails it gives an event that says so,
// and writes no more.
func Log(w io.Writer, events iter.Seq[task.Event]) iter.Seq[task.Event] {
	return func(yield func(task.Event) bool) {
		l := &log{w: w, written: map[int]*[2]int64{}}
		for ev := range events {
			if err := l.add(ev); err != nil {
				l.w = nil
				fault := &task.Fault{Err: fmt.Errorf("write the events: %w", err)}
				if !yield(task.Event{Kind: task.Faulted, Time: time.Now(), Err: fault}) {
					ev.Stdout.Free()
					ev.Stderr.Free()
					return
				}
			}
			if !yield(ev) {
				return
			}
		}
	}
}

// log is what Log knows: how much the tasks that run have written, as with
// Output their last events do not say it.
type log struct {
	w       io.Writer // nil after an error
	written map[int]*[2]int64
}

func (l *log) add(ev task.Event) error {
	if l.w == nil {
		return nil
	}
	if ev.Kind == task.Output {
		n := l.written[ev.Spec.Seq]
		if n == nil {
			n = new([2]int64)
			l.written[ev.Spec.Seq] = n
		}
		n[0] += ev.Stdout.Len()
		n[1] += ev.Stderr.Len()
		return nil
	}
	line, err := json.Marshal(l.record(ev))
	if err != nil {
		return err
	}
	_, err = l.w.Write(append(line, '\n'))
	return err
}

func (l *log) record(ev task.Event) record {
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
	if ev.Kind != task.Finished {
		return r
	}
	if ev.ExitStatus >= 0 {
		r.ExitStatus = &ev.ExitStatus
	}
	if ev.Signal != 0 {
		r.Signal, r.SignalName = int(ev.Signal), unix.SignalName(ev.Signal)
	}
	if ev.PID != 0 {
		r.ending = l.ending(ev)
	}
	return r
}

func (l *log) ending(ev task.Event) *ending {
	e := &ending{
		Started: ev.Started, Duration: ev.Time.Sub(ev.Started).Seconds(),
		User: ev.User.Seconds(), System: ev.System.Seconds(), Peak: ev.PeakMemory,
		Stdout: ev.Stdout.Len(), Stderr: ev.Stderr.Len(),
	}
	if n := l.written[ev.Spec.Seq]; n != nil {
		e.Stdout += n[0]
		e.Stderr += n[1]
		delete(l.written, ev.Spec.Seq)
	}
	return e
}

func text(s string) (*string, []byte) {
	if utf8.ValidString(s) {
		return &s, nil
	}
	return nil, []byte(s)
}
