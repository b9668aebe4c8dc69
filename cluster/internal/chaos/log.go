package chaos

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// What the parts write, for the harness to read back. Each line is one write to
// a file opened to append, so those of several processes do not mix, and what
// was written before a kill -9 is there.
const (
	startedLog   = "started"   // NUMBER PID TIME: a handler began
	submittedLog = "submitted" // NUMBER TIME: submitting; NUMBER TIME SUBMITTER N: safe
	readingLog   = "reading-"  // SUBMITTER N NUMBER OUTCOME TIME: an outcome, in one file for each reading; end
	finalLog     = "final"     // the same, when all is over
)

const whole = "end" // the last line of a reading that came to its end

type appender struct{ f *os.File }

func openLog(name string) (*appender, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return &appender{f}, err
}

// line writes one. It cannot be left out: then nothing that is counted is true.
func (a *appender) line(words ...any) {
	if _, err := fmt.Fprintln(a.f, words...); err != nil {
		panic(err)
	}
}

// readLog gives the words of each line; none if nobody has written it.
func readLog(name string) (all [][]string, err error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasSuffix(line, "\n") { // else it was torn by a kill
			all = append(all, strings.Fields(line))
		}
	}
	return all, err
}

// nextReading is a file for one more reading.
func nextReading(dir string) (*appender, error) {
	for k := 1; ; k++ {
		f, err := os.OpenFile(readingName(dir, k), os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_WRONLY, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return &appender{f}, err
		}
	}
}

func readingName(dir string, k int) string {
	return filepath.Join(dir, readingLog+strconv.Itoa(k))
}

func number(word string) int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		panic(err) // we wrote it
	}
	return n
}
