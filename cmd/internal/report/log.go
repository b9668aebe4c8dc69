package report

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"example.com/skein/cmd/internal/task"
)

// Log writes each event but Output to w, as one line of JSON and with one
// Write, before it passes it on. If w fails it gives an event that says so,
// and writes no more.
func Log(w io.Writer, events iter.Seq[task.Event]) iter.Seq[task.Event] {
	return beside(events, "write the events", func(ev task.Event) error {
		if ev.Kind == task.Output {
			return nil
		}
		line, err := json.Marshal(recordOf(ev))
		if err != nil {
			return err
		}
		_, err = w.Write(append(line, '\n'))
		return err
	})
}

// beside does something with each event before it passes it on. If that fails
// it gives an event that says what, and goes on without.
func beside(events iter.Seq[task.Event], what string, do func(task.Event) error) iter.Seq[task.Event] {
	return func(yield func(task.Event) bool) {
		failed := false
		for ev := range events {
			if !failed {
				if err := do(ev); err != nil {
					failed = true
					fault := &task.Fault{Err: fmt.Errorf("%s: %w", what, err)}
					if !yield(task.Event{Kind: task.Faulted, Time: time.Now(), Err: fault}) {
						ev.Stdout.Free()
						ev.Stderr.Free()
						return
					}
				}
			}
			if !yield(ev) {
				return
			}
		}
	}
}
