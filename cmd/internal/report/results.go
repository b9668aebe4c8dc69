package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// Results writes into dir, in a folder for each task that has its number for
// a name, what the task wrote, as stdout and stderr, and at last how it
// ended, as outcome.json. A task that never started has that alone. If it
// cannot, it gives an event that says so, and writes no more.
func Results(dir string, events iter.Seq[task.Event]) iter.Seq[task.Event] {
	r := &results{dir: dir}
	return beside(events, "write the results", r.add)
}

type results struct{ dir string }

// outcomeName is the file of a task that is written last: where it is whole, so
// are the others.
const outcomeName = "outcome.json"

// folder is that of a task.
func folder(dir string, seq int) string { return filepath.Join(dir, strconv.Itoa(seq)) }

func (r *results) add(ev task.Event) error {
	dir := folder(r.dir, ev.Spec.Seq)
	switch ev.Kind {
	case task.Started:
		return os.RemoveAll(dir) // of an attempt before, or of a run that was killed
	case task.Output, task.Finished:
		if ev.Untried() && HasResults(r.dir, ev.Spec.Seq) {
			return nil // those of a run before, which were to be repeated
		}
	default:
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if ev.Began() {
		if err := appendTo(filepath.Join(dir, "stdout"), ev.Stdout); err != nil {
			return err
		}
		if err := appendTo(filepath.Join(dir, "stderr"), ev.Stderr); err != nil {
			return err
		}
	}
	if ev.Kind == task.Output {
		return nil
	}
	return r.outcome(dir, ev)
}

// outcome writes the last file and, before that, looks whether the others are
// whole.
func (r *results) outcome(dir string, ev task.Event) error {
	for name, want := range map[string]int64{"stdout": ev.StdoutBytes, "stderr": ev.StderrBytes} {
		if !ev.Began() {
			break
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if info.Size() < want {
			return fmt.Errorf("%s: %d of %d bytes are missing", filepath.Join(dir, name), want-info.Size(), want)
		}
	}
	line, err := json.Marshal(recordOf(ev))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, outcomeName), append(line, '\n'), 0o666)
}

// appendTo adds a text to a file, which is made even if the text is empty.
func appendTo(name string, text *spool.Text) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	_, err = text.WriteTo(struct{ io.Writer }{f})
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// HasResults reports whether dir has the results of a task that was tried,
// whole.
func HasResults(dir string, seq int) bool {
	line, err := os.ReadFile(filepath.Join(folder(dir, seq), outcomeName))
	if err != nil || !bytes.HasSuffix(line, []byte("}\n")) {
		return false
	}
	var kept struct{ Outcome task.Outcome }
	return json.Unmarshal(line, &kept) == nil && kept.Outcome != task.Skipped
}
