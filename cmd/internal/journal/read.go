package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/skein/cmd/internal/task"
)

// The files of a journal.
const (
	journalName = "journal"
	inputsName  = "inputs"
)

// ErrNoRun is why a journal cannot be read: whoever made it did not come as
// far as to say what it runs.
var ErrNoRun = errors.New("there is no run in it")

// Read gives what the journal in dir says, as far as it can be read. The
// command to which tasks belong is that of the last run.
func Read(dir string) (*State, error) {
	s, err := read(dir, nil)
	if err == nil && len(s.Runs) == 0 {
		err = fmt.Errorf("%s: %w", dir, ErrNoRun)
	}
	return s, err
}

// read folds both files. ids makes the keys of the present command; nil is
// that of the last run.
func read(dir string, ids *identity) (*State, error) {
	s := &State{Dir: dir}
	if err := s.readJournal(); err != nil {
		return nil, err
	}
	if ids == nil && len(s.Runs) > 0 {
		last := newIdentity(s.Last().Template, s.Last().Directory)
		ids = &last
	}
	return s, s.readInputs(ids)
}

func (s *State) readJournal() error {
	var err error
	s.journalEnd, err = eachLine(filepath.Join(s.Dir, journalName), func(n int, line []byte) error {
		return s.takeLine(n, line)
	})
	if err == nil && len(s.Runs) == 0 && len(s.Problems) > 0 {
		return fmt.Errorf("%s: not a journal of skein", filepath.Join(s.Dir, journalName))
	}
	return err
}

// takeLine folds a line of the journal.
func (s *State) takeLine(n int, line []byte) error {
	body, ok := unseal(line)
	if !ok {
		s.problem(journalName, n, "it is damaged")
		return nil
	}
	if st, ok := parseStep(body); ok {
		s.take(st)
		return nil
	}
	object := object(body)
	var event struct{ Event task.Kind }
	if json.Unmarshal(object, &event) != nil {
		s.problem(journalName, n, "it is no JSON")
		return nil
	}
	switch event.Event {
	case runBegins:
		return s.takeRun(n, object)
	case outputWritten:
		var w outputs
		if json.Unmarshal(object, &w) != nil {
			s.problem(journalName, n, "it has not what is said of outputs")
		}
		for _, of := range w.Tasks {
			s.written(of[0], of[1])
		}
	case runEnded:
		s.Ended = new(Ended)
		if json.Unmarshal(object, s.Ended) != nil {
			s.Ended = nil
			s.problem(journalName, n, "it has not what the end of a run has")
			break
		}
		s.Doubtful = s.Ended.ExitStatus == 4 || s.Doubtful && s.Ended.ExitStatus > 1
	default:
		s.problem(journalName, n, fmt.Sprintf("it has an unknown event %q", event.Event))
	}
	return nil
}

func (s *State) takeRun(n int, object []byte) error {
	var r Run
	if json.Unmarshal(object, &r) != nil {
		s.problem(journalName, n, "it has not what a run has")
		return nil
	}
	if r.Version > Version {
		return fmt.Errorf("%s: its format is version %d, this skein knows %d", s.Dir, r.Version, Version)
	}
	s.Doubtful = s.Doubtful || len(s.Runs) > 0 && s.Ended == nil
	s.Runs = append(s.Runs, r)
	s.Ended = nil
	return nil
}

func (s *State) problem(file string, line int, what string) {
	s.Problems = append(s.Problems, Problem{file, line, what})
}

// step is what the fold needs of a task's record.
type step struct {
	kind    task.Kind
	seq     int
	outcome task.Outcome
	output  bool // there is some, which may not be out
	tried   bool
}

// parseStep reads the members that appendEvent writes first.
func parseStep(body []byte) (st step, ok bool) {
	rest, ok := bytes.CutPrefix(body, []byte(`{"event":"`))
	name, rest, ok2 := bytes.Cut(rest, []byte(`","seq":`))
	digits, rest, _ := bytes.Cut(rest, []byte{','})
	if !ok || !ok2 {
		return st, false
	}
	if st.seq, ok = parseSeq(digits); !ok {
		return st, false
	}
	switch st.kind = task.Kind(name); st.kind {
	case task.Started:
		st.tried = true
		return st, true
	case task.Retried, task.Finished:
	default:
		return st, false
	}
	rest, ok = bytes.CutPrefix(rest, []byte(`"outcome":"`))
	word, rest, ok2 := bytes.Cut(rest, []byte{'"'})
	m, known := statuses[task.Outcome(word)]
	st.outcome = outcomes[m]
	if after, is := bytes.CutPrefix(rest, []byte(`,"output_bytes":`)); is {
		st.output = true
		rest = bytes.TrimLeft(after, "0123456789")
	}
	st.tried = bytes.HasPrefix(rest, []byte(`,"attempt":`))
	return st, ok && ok2 && known
}

func (s *State) readInputs(ids *identity) error {
	there := false
	var err error
	s.inputsEnd, err = eachLine(filepath.Join(s.Dir, inputsName), func(n int, line []byte) error {
		there = true
		e, ok := parseEntry(line)
		if missing := e.before - s.Inputs; ok && missing > 0 && !s.damaged() {
			s.problem(inputsName, n, fmt.Sprintf("of the tasks before it %d are missing", missing))
		}
		switch {
		case !ok:
			s.problem(inputsName, n, "it is damaged, so its task is not known")
		case e.opened:
			s.Whole, s.Stopped = false, ""
		case e.stopped != "":
			s.Stopped = e.stopped
		case e.ended:
			s.Whole = true
		default:
			var bits mark
			if !e.dropped && ids != nil && ids.key(&e.spec) == e.key {
				bits = isOurs
			}
			s.Dropped = s.Dropped || e.dropped
			s.know(e.spec.Seq, bits)
		}
		return nil
	})
	if !there && s.Ended != nil && s.Ended.Whole {
		s.Inputs, s.Whole, s.Dropped = s.Ended.Inputs, true, true
	}
	return err
}

// eachLine calls f with each whole line of a file, its number and without its
// newline, and gives the place where the last one ends. No file is no line.
func eachLine(name string, f func(n int, line []byte) error) (end int64, err error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	b := bufio.NewReaderSize(file, 64<<10)
	var long []byte
	for n := 1; ; {
		piece, err := b.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long = append(long, piece...)
			continue
		case errors.Is(err, io.EOF):
			return end, nil
		case err != nil:
			return end, err
		}
		if len(long) > 0 {
			long = append(long, piece...)
			piece = long
		}
		end += int64(len(piece))
		if err := f(n, piece[:len(piece)-1]); err != nil {
			return end, err
		}
		long = long[:0]
		n++
	}
}
