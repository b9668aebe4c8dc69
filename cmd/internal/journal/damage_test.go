package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"example.com/skein/cmd/internal/task"
)

// written makes a journal of thirty tasks of which two were cancelled and
// one has no outcome.
func written(t *testing.T) (dir string) {
	dir = t.TempDir()
	l := open(t, dir)
	var inputs []string
	for i := range 30 {
		inputs = append(inputs, fmt.Sprint("input ", i%25))
	}
	play(l, l.Remaining(specs(inputs...)), func(s task.Spec) task.Outcome {
		switch s.Seq {
		case 3:
			return task.Cancelled
		case 29:
			return ""
		case 30:
			return task.Cancelled
		}
		return task.Succeeded
	})
	l.Close(1)
	return dir
}

// outcomesOf gives the last outcome of each task, as it is.
func outcomesOf(t *testing.T, dir string) map[int]task.Outcome {
	t.Helper()
	last := map[int]task.Outcome{}
	err := Records(dir, func(Run) {}, func(r *Record) {
		if r.Event == task.Finished {
			last[r.Seq] = r.Outcome
		} else {
			delete(last, r.Seq)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// resumed resumes what is in dir, and checks that what then stands there is
// right: nothing that succeeded is run, and everything that can be has an
// outcome.
func resumed(t *testing.T, dir string, what string) (ran []string) {
	t.Helper()
	before := outcomesOf(t, dir)
	l := unasked(t, dir)
	var there []int
	for seq, m := range l.state.tasks {
		if m&hasInput != 0 {
			there = append(there, seq)
		}
	}
	ran = play(l, l.Again(Select{}, nil), succeeds)
	if err := l.Close(0); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	after := outcomesOf(t, dir)
	for seq, o := range before {
		if o == task.Succeeded && slices.ContainsFunc(ran, func(s string) bool { return s == fmt.Sprintf("%dinput %d", seq, (seq-1)%25) }) {
			t.Fatalf("%s: task %d ran again", what, seq)
		}
	}
	for _, seq := range there {
		if after[seq] == "" {
			t.Fatalf("%s: task %d has no outcome", what, seq)
		}
	}
	return ran
}

func copyJournal(t *testing.T, from string) (dir string) {
	dir = t.TempDir()
	for _, name := range []string{journalName, inputsName} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAJournalTruncatedAnywhereResumes(t *testing.T) {
	from := written(t)
	for _, name := range []string{journalName, inputsName} {
		info, err := os.Stat(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		for cut := range int64(1025) {
			dir := copyJournal(t, from)
			if err := os.Truncate(filepath.Join(dir, name), info.Size()-cut); err != nil {
				t.Fatal(err)
			}
			if s, err := Read(dir); err != nil || len(s.Problems) > 0 {
				t.Fatalf("%s, %d bytes less: %v, %v", name, cut, s.Problems, err)
			}
			resumed(t, dir, fmt.Sprintf("%s, %d bytes less", name, cut))
		}
	}
}

func TestGarbageIsToldWithItsLine(t *testing.T) {
	from := written(t)
	text, err := os.ReadFile(filepath.Join(from, journalName))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for i := 1; i < len(lines)-1; i++ {
		for _, garbage := range [][]byte{[]byte("garbage\n"), []byte("\n"), {0, 0, 0, '\n'}, append(bytes.ToUpper(lines[i][:20]), lines[i][20:]...)} {
			dir := copyJournal(t, from)
			bad := slices.Clone(lines)
			bad[i] = garbage
			if err := os.WriteFile(filepath.Join(dir, journalName), bytes.Join(bad, nil), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Read(dir)
			if err != nil || len(s.Problems) != 1 || s.Problems[0].Line != i+1 {
				t.Fatalf("line %d: got %v, %v", i+1, s.Problems, err)
			}
			resumed(t, dir, fmt.Sprintf("line %d", i+1))
		}
	}
}

func TestADamagedInputIsToldAndNotRun(t *testing.T) {
	dir := written(t)
	name := filepath.Join(dir, inputsName)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, bytes.Replace(text, []byte(`"seq":30`), []byte(`"seq":31`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	ran := resumed(t, dir, "damaged input")
	want := []string{"3input 2", "29input 3", "some inputs of the journal cannot be read, so their tasks were not run"}
	if !slices.Equal(ran, want) {
		t.Errorf("ran %q, want %q", ran, want)
	}
}

func TestAnInputThatIsMissingIsTold(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	all(t, l.Remaining(specs("a", "b", "c")))
	l.Close(1)
	name := filepath.Join(dir, inputsName)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte{'\n'}) // opened, a, b, c, ended
	if err := os.WriteFile(name, slices.Concat(slices.Delete(lines, 2, 3)...), 0o600); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	if p := l.Before().Problems; len(p) != 1 || p[0] != (Problem{inputsName, 4, "of the tasks before it 1 are missing"}) {
		t.Errorf("problems: %v", p)
	}
	equal(t, all(t, l.Again(Select{}, nil)), "1a", "3c", "some inputs of the journal cannot be read, so their tasks were not run")
	l.Close(1)
}

// /dev/full is a disk without room.
func full(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func unasked(t *testing.T, dir string) *Log {
	t.Helper()
	l, err := Open(dir, sample, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAFullDiskStartsNoMoreTasksIfTheJournalWasAskedFor(t *testing.T) {
	for _, name := range []string{journalName, inputsName} {
		dir := t.TempDir()
		l := open(t, dir)
		turn := make(chan struct{}, 1)
		turn <- struct{}{}
		var ran []string
		for s, err := range l.Remaining(func(yield func(task.Spec, error) bool) {
			for i := range 6 {
				<-turn
				if !yield(task.Spec{Seq: i + 1, Input: "x"}, nil) {
					return
				}
			}
		}) {
			if err != nil {
				var fault *task.Fault
				if !errors.As(err, &fault) || !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("%s: got %v", name, err)
				}
				break
			}
			ran = append(ran, fmt.Sprint(s.Seq, s.Input))
			if s.Seq == 2 {
				l.mu.Lock()
				l.inputs.mu.Lock()
				if name == journalName {
					l.journal.file = full(t)
				} else {
					l.inputs.file = full(t)
				}
				l.inputs.mu.Unlock()
				l.mu.Unlock()
			}
			l.Append(begin(s))
			l.Append(end(s, task.Succeeded))
			turn <- struct{}{}
		}
		equal(t, ran, "1x", "2x")
		l.mu.Lock()
		l.journal.file = l.lock // as it is when the reserve is given back
		l.mu.Unlock()
		l.Close(4)
		if got := outcomesOf(t, dir); len(got) != 2 {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestADiskThatIsFullForAWhileLosesNothing(t *testing.T) {
	dir := t.TempDir()
	l := unasked(t, dir)
	room := l.journal.file
	n := 0
	play(l, l.Remaining(specs("a", "b", "c", "d")), func(s task.Spec) task.Outcome {
		l.mu.Lock()
		l.journal.file = full(t)
		if n++; n == 3 {
			l.journal.file = room
		}
		l.mu.Unlock()
		return task.Succeeded
	})
	if !errors.Is(l.Trouble(), syscall.ENOSPC) {
		t.Errorf("trouble is %v", l.Trouble())
	}
	l.mu.Lock()
	l.journal.file = room
	l.mu.Unlock()
	if err := l.Close(0); err != nil {
		t.Errorf("something was lost: %v", err)
	}
	if got := outcomesOf(t, dir); len(got) != 4 {
		t.Errorf("got %v", got)
	}
}

func TestADiskThatStaysFullIsTold(t *testing.T) {
	dir := t.TempDir()
	l := unasked(t, dir)
	room := l.journal.file
	l.journal.file = full(t)
	play(l, l.Remaining(specs("a", "b")), succeeds)
	if err := l.Close(0); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	room.Close()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the journal, of which a resume would do everything again, is there: %v", err)
	}
}

func TestInputsThatTheDiskDoesNotTakeAreRunAllTheSame(t *testing.T) {
	dir := t.TempDir()
	l := unasked(t, dir)
	room := l.inputs.file
	var ran []string
	turn := make(chan struct{})
	for s, err := range l.Remaining(func(yield func(task.Spec, error) bool) {
		for i := range 6 {
			if !yield(task.Spec{Seq: i + 1, Input: "x"}, nil) {
				return
			}
			<-turn
		}
	}) {
		ran = append(ran, fmt.Sprint(s.Seq, s.Input, err))
		l.inputs.mu.Lock()
		if s.Seq == 2 {
			l.inputs.file = full(t)
		}
		l.inputs.mu.Unlock()
		l.Append(begin(s))
		l.Append(end(s, task.Succeeded))
		turn <- struct{}{}
	}
	if len(ran) != 6 {
		t.Errorf("ran %q", ran)
	}
	if err := l.Close(0); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	room.Close()
	equal(t, resumed(t, dir, "full"), "input ended at record 2, not at its end")
}

func TestRecordsBeyondWhatIsHeldAreCounted(t *testing.T) {
	s := stream{file: full(t)}
	line := bytes.Repeat([]byte("x"), 1<<20)
	for range 6 {
		s.add(line)
	}
	if s.lost != 2 || len(s.pending) != mostPending || s.err == nil {
		t.Errorf("%d lost, %d bytes held, %v", s.lost, len(s.pending), s.err)
	}
}
