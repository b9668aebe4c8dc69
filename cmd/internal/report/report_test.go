package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// text makes a text that holds s; nothing is nil.
func textOf(t *testing.T, sp *spool.Spool, s string) *spool.Text {
	t.Helper()
	if s == "" {
		return nil
	}
	x := sp.Text()
	if _, err := x.Append([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return x
}

// told is what Text gave for some events.
type told struct {
	stdout, stderr string
	exit           int
	stopped        error
}

func tell(t *testing.T, o Options, events ...task.Event) (got told) {
	t.Helper()
	files := make([]*os.File, 2)
	for i := range files {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	if o.Stdout == nil {
		o.Stdout = files[0]
	}
	o.Stderr = files[1]
	o.Stop = func(err error) { got.stopped = err }
	got.exit = Text(slices.Values(events), o)
	for i, s := range []*string{&got.stdout, &got.stderr} {
		b, err := os.ReadFile(files[i].Name())
		if err != nil {
			t.Fatal(err)
		}
		*s = string(b)
	}
	return got
}

func done(seq int, o task.Outcome) task.Event {
	return task.Event{Kind: task.Finished, PID: 1, Spec: task.Spec{Seq: seq}, Outcome: o,
		Command: task.Command{Name: fmt.Sprint("n", seq), Tag: fmt.Sprint("t", seq)}}
}

func began(seq int) task.Event {
	return task.Event{Kind: task.Started, PID: 1, Spec: task.Spec{Seq: seq}}
}

func runErr(k task.Kind, err error) task.Event { return task.Event{Kind: k, Err: err} }

func TestExitStatus(t *testing.T) {
	fault := runErr(task.Faulted, &task.Fault{Err: errors.New("no room")})
	signal := runErr(task.Halted, task.Interrupted(syscall.SIGTERM))
	word := runErr(task.Halted, &task.NotRunnable{Word: "x", Status: 127, Err: syscall.ENOENT})
	input := runErr(task.Halted, errors.New("record 3 is bad"))
	for _, row := range []struct {
		name   string
		want   int
		events []task.Event
	}{
		{"nothing ran", 0, nil},
		{"all succeeded", 0, []task.Event{began(1), done(1, task.Succeeded)}},
		{"one failed", 1, []task.Event{began(1), done(1, task.Failed), began(2), done(2, task.Succeeded)}},
		{"one was skipped", 1, []task.Event{done(1, task.Skipped)}},
		{"the input was bad", 2, []task.Event{began(1), input, done(1, task.Failed)}},
		{"the command word before the input", 127, []task.Event{input, word, done(1, task.Failed)}},
		{"a signal before the command word", 143, []task.Event{word, signal, done(1, task.Cancelled)}},
		{"a signal although all succeeded", 143, []task.Event{began(1), signal, done(1, task.Succeeded)}},
		{"our own fault before all", 4, []task.Event{signal, fault, word, done(1, task.Failed)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := tell(t, Options{}, row.events...)
			if got.exit != row.want {
				t.Errorf("exit status %d, want %d\n%s", got.exit, row.want, got.stderr)
			}
			if (got.exit == 0 && row.events != nil) != (got.stderr == "") {
				t.Errorf("standard error: %q", got.stderr)
			}
		})
	}
}

func TestOutput(t *testing.T) {
	sp := spool.New(t.TempDir(), 1<<20)
	defer sp.Close()
	out := func(ev task.Event, s string) task.Event {
		ev.Stdout = textOf(t, sp, s)
		return ev
	}
	piece := func(seq int, s string) task.Event {
		ev := out(began(seq), s)
		ev.Kind = task.Output
		ev.Command.Tag = fmt.Sprint("t", seq)
		return ev
	}
	for _, row := range []struct {
		name   string
		o      Options
		events []task.Event
		want   string
	}{
		{"as they end", Options{},
			[]task.Event{out(done(2, task.Succeeded), "b"), out(done(1, task.Succeeded), "a\n")}, "ba\n"},
		{"in order", Options{Order: true},
			[]task.Event{out(done(3, task.Failed), "c\n"), out(done(2, task.Skipped), ""), out(done(1, task.Succeeded), "a\n"), out(done(4, task.Succeeded), "d\n")},
			"a\nc\nd\n"},
		{"in order, what has no turn is not lost", Options{Order: true},
			[]task.Event{out(done(1, task.Succeeded), "a\n"), out(done(2, task.Succeeded), "b\n")}, "a\nb\n"},
		{"tags", Options{Tag: true},
			[]task.Event{out(done(1, task.Succeeded), "a\n\nb"), out(done(2, task.Succeeded), "c\n")}, "t1\ta\nt1\t\nt1\tb\nt2\tc\n"},
		{"lines, the last of a task gets its end", Options{Lines: true},
			[]task.Event{piece(1, "a\n"), piece(2, "b\n"), piece(1, "c"), done(1, task.Succeeded), done(2, task.Succeeded)}, "a\nb\nc\n"},
		{"lines in order", Options{Lines: true, Order: true},
			[]task.Event{piece(2, "b\n"), piece(1, "a\n"), piece(2, "d\n"), done(2, task.Succeeded), piece(1, "c\n"), done(1, task.Succeeded)}, "a\nc\nb\nd\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := tell(t, row.o, row.events...); got.stdout != row.want {
				t.Errorf("%q, want %q", got.stdout, row.want)
			}
		})
	}
	t.Run("a line over many blocks keeps its one tag", func(t *testing.T) {
		long := strings.Repeat("x", 1<<20)
		got := tell(t, Options{Tag: true}, out(done(1, task.Succeeded), long+"\nend"))
		if want := "t1\t" + long + "\nt1\tend\n"; got.stdout != want {
			t.Errorf("%d bytes, want %d", len(got.stdout), len(want))
		}
	})
	t.Run("a closed standard output stops the run: 141", func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		defer w.Close()
		got := tell(t, Options{Stdout: w}, out(done(1, task.Succeeded), "a"), runErr(task.Halted, ErrClosed), out(done(2, task.Cancelled), "b"))
		if got.exit != 141 || !errors.Is(got.stopped, ErrClosed) {
			t.Errorf("exit status %d, stopped %v", got.exit, got.stopped)
		}
	})
	t.Run("a full one is our fault", func(t *testing.T) {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer full.Close()
		got := tell(t, Options{Stdout: full}, out(done(1, task.Succeeded), "a"))
		if got.exit != 4 || got.stopped == nil || !strings.Contains(got.stderr, "no space left") {
			t.Errorf("%+v", got)
		}
	})
}

func TestSummary(t *testing.T) {
	bad := done(1, task.Failed)
	bad.ExitStatus = 3
	bad.LastWords = "10%\r90%\n\x1b[31mred\n"
	killed := done(2, task.Killed)
	killed.Signal = syscall.SIGSEGV
	odd := done(3, task.Failed)
	odd.Command.Name = "a\nb"
	odd.Cause = "argument too long"
	got := tell(t, Options{}, bad, killed, odd, done(4, task.Succeeded))
	want := `skein: n1: failed: exit status 3
  | 90%
  | [31mred
skein: n2: killed: signal 11 (segmentation fault)
skein: "a\nb": failed: argument too long
skein: 4 tasks: 1 succeeded, 2 failed, 1 killed, in `
	if !strings.HasPrefix(got.stderr, want) {
		t.Errorf("%s\nwant %s", got.stderr, want)
	}
}

func TestLog(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 2, 3, 4, time.UTC)
	ev := task.Event{Kind: task.Finished, Time: at.Add(1500 * time.Millisecond), Spec: task.Spec{Seq: 2, Input: "a\xffb"},
		Command: task.Command{Name: "n", Line: "echo <>"}, Slot: 1, Attempt: 1, PID: 7,
		Outcome: task.Failed, ExitStatus: 3, Started: at, User: time.Second, PeakMemory: 4096}
	t.Run("a line is an object and keeps every byte", func(t *testing.T) {
		var b bytes.Buffer
		for range Log(&b, slices.Values([]task.Event{began(1), ev})) {
		}
		var got []map[string]any
		for line := range strings.Lines(b.String()) {
			m := map[string]any{}
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			got = append(got, m)
		}
		if len(got) != 2 || got[0]["event"] != "started" {
			t.Fatalf("%v", got)
		}
		for key, want := range map[string]any{
			"time": "2026-11-23T01:02:04.500000004Z", "seq": 2.0, "input_base64": "Yf9i", "name": "n", "command": "echo <>",
			"outcome": "failed", "exit_status": 3.0, "duration_seconds": 1.5, "user_seconds": 1.0, "peak_memory_bytes": 4096.0,
			"started": "2026-11-23T01:02:03.000000004Z", "input": nil, "signal": nil,
		} {
			if got[1][key] != want {
				t.Errorf("%s: %v, want %v", key, got[1][key], want)
			}
		}
	})
	t.Run("a failure is told once and every event still comes", func(t *testing.T) {
		var kinds []task.Kind
		events := Log(brokenWriter{}, slices.Values([]task.Event{began(1), ev, began(3)}))
		for ev := range events {
			kinds = append(kinds, ev.Kind)
		}
		want := []task.Kind{task.Faulted, task.Started, task.Finished, task.Started}
		if !slices.Equal(kinds, want) {
			t.Errorf("%v, want %v", kinds, want)
		}
	})
	t.Run("leaving the loop leaves the events", func(t *testing.T) {
		left := false
		var events iter.Seq[task.Event] = func(yield func(task.Event) bool) { left = !yield(began(1)) }
		for range Log(io.Discard, events) {
			break
		}
		if !left {
			t.Error("the events were not left")
		}
	})
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, syscall.EIO }

func TestLiveLine(t *testing.T) {
	ta := newTally()
	ta.begun = time.Now().Add(-10 * time.Second)
	for i := range 20 {
		ta.count(began(i + 1))
		if i < 12 {
			ta.count(done(i+1, task.Succeeded))
		}
	}
	ta.count(done(13, task.Failed))
	if got, want := ta.line(func() int { return 39 }), "13/39 done, 7 running, 1 failed, 1.3/s, 20s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := ta.line(nil), "13 done, 7 running, 1 failed, 1.3/s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
