package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/task"
)

// Glance is what the first line of a journal and the last one say: enough to
// choose a run by, at the same cost however many tasks it has.
type Glance struct {
	First   Run
	Ended   *Ended // nil if the last run has not ended, as far as the journal knows
	Running bool   // some process keeps the journal
}

// glanced is how much is read at either end; a longer line is not understood.
const glanced = 64 << 10

// GlanceAt reads both ends of the journal in dir. The error wraps [ErrNoRun] if
// its first line does not say what is run.
func GlanceAt(dir string) (Glance, error) {
	var g Glance
	file, err := os.Open(filepath.Join(dir, journalName))
	if err != nil {
		return g, err
	}
	defer file.Close()
	b := make([]byte, glanced)
	n, err := file.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return g, err
	}
	line, _, _ := bytes.Cut(b[:n], []byte("\n"))
	if !unfold(line, runBegins, &g.First) {
		return g, fmt.Errorf("%s: %w", dir, ErrNoRun)
	}
	info, err := file.Stat()
	if err != nil {
		return g, err
	}
	n, err = file.ReadAt(b, max(0, info.Size()-glanced))
	if err != nil && !errors.Is(err, io.EOF) {
		return g, err
	}
	last := bytes.TrimSuffix(b[:n], []byte("\n"))
	var ended Ended
	if unfold(last[bytes.LastIndexByte(last, '\n')+1:], runEnded, &ended) {
		g.Ended = &ended
		return g, nil
	}
	g.Running = errors.Is(unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
	return g, nil
}

// unfold reads the object of a whole line if it has that event.
func unfold(line []byte, want task.Kind, into any) bool {
	body, ok := unseal(line)
	if !ok {
		return false
	}
	object := object(body)
	var event struct{ Event task.Kind }
	return json.Unmarshal(object, &event) == nil && event.Event == want && json.Unmarshal(object, into) == nil
}
