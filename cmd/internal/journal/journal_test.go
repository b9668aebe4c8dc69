package journal

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skein/cmd/internal/task"
)

var sample = Run{ID: "sample", Time: time.Now(), Directory: "/d", Args: Words{"-j", "2"}, Boot: Boot(), PID: os.Getpid(), Template: Words{"auto", "echo"}}

func open(t testing.TB, dir string) *Log {
	t.Helper()
	l, err := Open(dir, sample, Options{Asked: true})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// specs gives inputs as package input does.
func specs(inputs ...string) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		for i, s := range inputs {
			if !yield(task.Spec{Seq: i + 1, Input: s}, nil) {
				return
			}
		}
	}
}

// all runs nothing: it gives what would be run, as number and input.
func all(t testing.TB, seq iter.Seq2[task.Spec, error]) (got []string) {
	t.Helper()
	for s, err := range seq {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, fmt.Sprint(s.Seq, s.Input))
	}
	return got
}

// play runs what is given, each with the outcome.
func play(l *Log, seq iter.Seq2[task.Spec, error], outcome func(task.Spec) task.Outcome) (got []string) {
	for s, err := range seq {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, fmt.Sprint(s.Seq, s.Input))
		l.Append(begin(s))
		if o := outcome(s); o != "" {
			l.Append(end(s, o))
		}
	}
	return got
}

func begin(s task.Spec) task.Event {
	return task.Event{Kind: task.Started, Time: time.Now(), Spec: s, Slot: 1, Attempt: 1}
}

func end(s task.Spec, o task.Outcome) task.Event {
	return task.Event{
		Kind: task.Finished, Time: time.Now(), Spec: s, Slot: 1, Attempt: 1, PID: 7, Started: time.Now(),
		Outcome: o, ExitStatus: 0, User: time.Millisecond, PeakMemory: 4096,
	}
}

func succeeds(task.Spec) task.Outcome { return task.Succeeded }

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestATaskIsKnownByItsContent(t *testing.T) {
	for _, row := range []struct {
		name        string
		first, then []string
		want        []string
	}{
		{"the same inputs have nothing new", []string{"a", "b"}, []string{"a", "b"}, nil},
		{"an inserted input runs, with the next free number", []string{"a", "b"}, []string{"new", "a", "b"}, []string{"3new"}},
		{"a removed input is no matter", []string{"a", "b", "c"}, []string{"a", "c"}, nil},
		{"a moved input is the same", []string{"a", "b", "c"}, []string{"c", "a", "b"}, nil},
		{"a repeated input runs as often as it is given", []string{"a", "b"}, []string{"a", "a", "b", "a"}, []string{"3a", "4a"}},
		{"repeated inputs are counted", []string{"a", "a", "b"}, []string{"a", "b", "a"}, nil},
		{"an empty input is one", []string{""}, []string{"", ""}, []string{"2"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			play(l, l.Remaining(specs(row.first...)), succeeds)
			if err := l.Close(0); err != nil {
				t.Fatal(err)
			}
			l = open(t, dir)
			defer l.Close(0)
			equal(t, all(t, l.Remaining(specs(row.then...))), row.want...)
		})
	}
}

func TestAnotherCommandOrDirectoryIsAnotherTask(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	play(l, l.Remaining(specs("a")), succeeds)
	l.Close(0)
	for _, change := range []func(r *Run){
		func(r *Run) { r.Template = Words{"auto", "rm"} },
		func(r *Run) { r.Template = Words{"autoecho"} },
		func(r *Run) { r.Directory = "/e" },
	} {
		other := sample
		change(&other)
		l, err := Open(dir, other, Options{Asked: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := all(t, l.Remaining(specs("a"))); len(got) != 1 {
			t.Errorf("%v: got %q, want one task", other, got)
		}
		l.Close(0)
	}
}

func TestWhatIsRunAgain(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	outcomes := []task.Outcome{task.Succeeded, task.Failed, task.TimedOut, task.Killed, task.Cancelled, "", task.Skipped}
	play(l, l.Remaining(specs("a", "b", "c", "d", "e", "f", "g", "h")), func(s task.Spec) task.Outcome {
		if s.Seq == 8 {
			return task.Succeeded
		}
		return outcomes[s.Seq-1]
	})
	l.Close(1)
	for _, row := range []struct {
		name string
		c    Select
		want []string
	}{
		{"what has no outcome, was cancelled or skipped", Select{}, []string{"5e", "6f", "7g"}},
		{"and what failed, if asked", Select{Failed: true}, []string{"2b", "3c", "4d", "5e", "6f", "7g"}},
		{"not what was started, if asked", Select{NoRerun: true}, []string{"5e", "7g"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := open(t, dir)
			defer l.Close(1)
			if n := l.Before().Wanted(row.c); n != len(row.want) {
				t.Errorf("%d are wanted, want %d", n, len(row.want))
			}
			equal(t, all(t, l.Again(row.c, nil)), row.want...)
		})
	}
}

func TestInputsOfAnyKindComeBackAsTheyWere(t *testing.T) {
	want := []task.Spec{
		{Seq: 1, Input: "plain"},
		{Seq: 2, Input: "new\nline\ttab \"quote\" \\ \x00 \x1b é \u2028"},
		{Seq: 3, Input: "bad \xff\xfe"},
		{Seq: 4, Input: "a b", Values: []string{"a", "b", ""}},
		{Seq: 5, Input: "x", Values: []string{"\xff", "ok\n"}},
		{Seq: 6, Block: []byte("line\nline\n\x00\xff")},
		{Seq: 7, Input: strings.Repeat("long", 1<<18)},
		{Seq: 8, Input: ""},
	}
	dir := t.TempDir()
	for round := range 2 {
		l := open(t, dir)
		source := l.Again(Select{}, nil)
		if round == 0 {
			source = l.Remaining(func(yield func(task.Spec, error) bool) {
				for _, s := range want {
					if !yield(s, nil) {
						return
					}
				}
			})
		}
		i := 0
		for got, err := range source {
			if err != nil || got.Input != want[i].Input || !slices.Equal(got.Values, want[i].Values) || string(got.Block) != string(want[i].Block) || got.Seq != want[i].Seq {
				t.Errorf("round %d: task %d came back as %.100q (%v)", round, i+1, got.Input, err)
			}
			i++
		}
		if i != len(want) {
			t.Errorf("round %d: %d came back, want %d", round, i, len(want))
		}
		l.Close(0)
	}
}

func TestATaskStartsWhenItsInputIsThere(t *testing.T) {
	l := open(t, t.TempDir())
	defer l.Close(0)
	turn := make(chan int)
	next, stop := iter.Pull2(l.Remaining(func(yield func(task.Spec, error) bool) {
		for n := range turn {
			if !yield(task.Spec{Seq: n, Input: fmt.Sprint(n)}, nil) {
				return
			}
		}
	}))
	defer stop()
	for n := 1; n < 5; n++ {
		go func() { turn <- n }()
		if s, err, ok := next(); !ok || err != nil || s.Seq != n {
			t.Fatalf("got %v, %v, %t", s, err, ok)
		}
		s, err := Read(l.Dir())
		if err != nil || s.Inputs != n {
			t.Errorf("the disk has %d inputs (%v), want %d", s.Inputs, err, n)
		}
	}
	if l.Total() != 0 {
		t.Errorf("a total of %d before the end", l.Total())
	}
	close(turn)
	if _, _, ok := next(); ok || l.Total() != 4 {
		t.Errorf("total %d at the end, want 4", l.Total())
	}
}

func TestInputsAreReadAheadAndMemoryStaysSmall(t *testing.T) {
	l := open(t, t.TempDir())
	defer l.Close(0)
	const n = 50_000
	read := make(chan int, 1)
	next, stop := iter.Pull2(l.Remaining(func(yield func(task.Spec, error) bool) {
		for i := range n {
			if !yield(task.Spec{Seq: i + 1, Input: fmt.Sprint("input number ", i)}, nil) {
				return
			}
		}
		read <- n
	}))
	defer stop()
	next()
	<-read // all of it, although only one was taken
	l.inputs.mu.Lock()
	got := cap(l.inputs.buf) + cap(l.inputs.chunk)
	l.inputs.mu.Unlock()
	if got > 8*chunkSize {
		t.Errorf("%d bytes are held", got)
	}
	for i := 2; i <= n; i++ {
		if s, err, ok := next(); !ok || err != nil || s.Seq != i || s.Input != fmt.Sprint("input number ", i-1) {
			t.Fatalf("task %d is %v, %v, %t", i, s, err, ok)
		}
	}
	if _, _, ok := next(); ok {
		t.Error("there are more")
	}
}

func TestAnErrorOfTheSourceComesLast(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	bad := errors.New("broken")
	equal(t, all(t, l.Remaining(func(yield func(task.Spec, error) bool) {
		_ = yield(task.Spec{Seq: 1, Input: "a"}, nil) && yield(task.Spec{}, bad)
	})), "1a", "broken")
	l.Close(2)
	l = open(t, dir)
	equal(t, all(t, l.Again(Select{}, nil)), "1a", "input ended at record 1, not at its end: broken")
	l.Close(2)
	l = open(t, dir)
	equal(t, all(t, l.Again(Select{}, specs("b", "a"))), "1a", "2b", "3a")
	l.Close(0)
	l = open(t, dir)
	defer l.Close(0)
	equal(t, all(t, l.Again(Select{}, nil)), "1a", "2b", "3a")
}

func TestAJournalIsOpenOnce(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	if _, err := Open(dir, sample, Options{}); !errors.Is(err, ErrRunning) || !isRunning(t, dir) {
		t.Errorf("got %v, want %v", err, ErrRunning)
	}
	l.Close(0)
	if isRunning(t, dir) {
		t.Error("it runs after its end")
	}
}

func isRunning(t *testing.T, dir string) bool {
	t.Helper()
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s.IsRunning()
}

func TestAFileOfSomebodyElseIsNotTouched(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, journalName)
	for _, text := range []string{"dear diary,\n", "{\"event\":\"run\"}\n", "no newline"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, sample, Options{}); err == nil {
			t.Errorf("%q was taken for a journal", text)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("%q became %q (%v)", text, got, err)
		}
	}
}

func TestAJournalOfALaterVersionIsNotRead(t *testing.T) {
	dir := t.TempDir()
	r := sample
	line := appendObject(nil, runBegins, r)
	line = seal([]byte(strings.Replace(string(line[:len(line)-crcSize-1]), `"version":0`, `"version":99`, 1)), 0)
	os.WriteFile(filepath.Join(dir, journalName), line, 0o600)
	if _, err := Open(dir, sample, Options{}); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("got %v", err)
	}
}

func TestInputsAreDroppedWhenAllSucceeded(t *testing.T) {
	for _, asked := range []bool{false, true} {
		dir := t.TempDir()
		l, err := Open(dir, sample, Options{Asked: asked})
		if err != nil {
			t.Fatal(err)
		}
		play(l, l.Remaining(specs("secret", "x")), succeeds)
		l.Close(0)
		if text, _ := os.ReadFile(filepath.Join(dir, inputsName)); strings.Contains(string(text), "secret") {
			t.Errorf("the inputs are still there: %s", text)
		}
		s, err := Read(dir)
		if err != nil || s.Inputs != 2 || !s.Whole || s.Count(task.Succeeded) != 2 || len(s.Problems) > 0 {
			t.Errorf("asked %t: got %+v, %v", asked, s, err)
		}
	}
}

func TestARandomScheduleAgainstItsModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 50 {
		dir := t.TempDir()
		done := map[string]bool{} // by input and which of its kind it is
		for range 4 {
			l := open(t, dir)
			var inputs, want []string
			given := map[string]int{}
			for range random.IntN(30) {
				s := string(rune('a' + random.IntN(8)))
				given[s]++
				inputs = append(inputs, s)
				if !done[fmt.Sprint(s, given[s])] {
					want = append(want, s)
				}
			}
			var ran []string
			numbers := map[int]string{}
			play(l, l.Remaining(specs(inputs...)), func(s task.Spec) task.Outcome {
				ran = append(ran, s.Input)
				if numbers[s.Seq] != "" {
					t.Errorf("number %d twice", s.Seq)
				}
				numbers[s.Seq] = s.Input
				return task.Succeeded
			})
			if !slices.Equal(ran, want) {
				t.Fatalf("of %q ran %q, want %q", inputs, ran, want)
			}
			for s, n := range given {
				for i := range n {
					done[fmt.Sprint(s, i+1)] = true
				}
			}
			l.Close(0)
		}
	}
}

func TestOutputThatIsNotOutIsKnown(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	l := open(t, dir)
	inputs := make([]string, 200)
	for i := range inputs {
		inputs[i] = fmt.Sprint(i)
	}
	want := map[int]bool{}
	play(l, l.Remaining(specs(inputs...)), func(s task.Spec) task.Outcome {
		if r.IntN(3) == 0 {
			l.Written(s.Seq, s.Seq) // what an earlier attempt wrote is no matter
		}
		return "" // not yet
	})
	for _, i := range r.Perm(len(inputs)) {
		ev := end(task.Spec{Seq: i + 1}, task.Succeeded)
		if r.IntN(4) > 0 {
			ev.StderrBytes = 1
			want[i+1] = true
		}
		l.Append(ev)
	}
	for range 30 {
		first := 1 + r.IntN(len(inputs))
		last := first + r.IntN(5)
		l.Written(first, last)
		for seq := first; seq <= last; seq++ {
			delete(want, seq)
		}
	}
	l.Close(0)
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Unwritten(); !slices.Equal(got, slices.Sorted(maps.Keys(want))) || s.Wanted(Select{Unwritten: true}) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
