package report

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"github.com/mattn/go-runewidth"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// desk is a terminal with somebody before it, who reads what stands there.
type desk struct {
	t       *testing.T
	keys    *os.File // the side of the terminal emulator
	tty     *os.File // the side of the program
	screen  vt10x.Terminal
	changed chan struct{}
}

func newDesk(t *testing.T, columns, lines int) *desk {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t, keys, tty, vt10x.New(vt10x.WithSize(columns, lines)), make(chan struct{}, 1)}
	d.resize(columns, lines)
	t.Cleanup(func() { tty.Close(); keys.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := keys.Read(buf)
			if err != nil {
				return
			}
			d.screen.Write(buf[:n])
			select {
			case d.changed <- struct{}{}:
			default:
			}
		}
	}()
	return d
}

func (d *desk) resize(columns, lines int) {
	if err := pty.Setsize(d.tty, &pty.Winsize{Cols: uint16(columns), Rows: uint16(lines)}); err != nil {
		d.t.Fatal(err)
	}
	d.screen.Resize(columns, lines)
}

// lines is what stands on the screen, without the blanks at the ends.
func (d *desk) lines() []string {
	var all []string
	for line := range strings.SplitSeq(d.screen.String(), "\n") {
		all = append(all, strings.TrimRight(line, " "))
	}
	for len(all) > 0 && all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return all
}

// until waits for a screen that is as wanted.
func (d *desk) until(what string, is func(lines []string) bool) []string {
	d.t.Helper()
	late := time.After(20 * time.Second)
	for {
		if lines := d.lines(); is(lines) {
			return lines
		}
		select {
		case <-d.changed:
		case <-late:
			d.t.Fatalf("no screen with %s; there stands\n%s", what, strings.Join(d.lines(), "\n"))
		}
	}
}

// report runs Text over events that the test sends, with this terminal for
// both outputs.
func (d *desk) report(o Options) (send func(...task.Event), end func() int) {
	events := make(chan task.Event)
	exit := make(chan int)
	o.Stdout, o.Stderr, o.Progress = d.tty, d.tty, ProgressLive
	o.Stop = func(error) {}
	go func() {
		exit <- Text(func(yield func(task.Event) bool) {
			for ev := range events {
				if !yield(ev) {
					return
				}
			}
		}, o)
	}()
	send = func(all ...task.Event) {
		for _, ev := range all {
			events <- ev
		}
	}
	return send, func() int { close(events); return <-exit }
}

func starts(seq, slot int, name string) task.Event {
	return task.Event{Kind: task.Started, PID: 1, Slot: slot, Attempt: 1, Spec: task.Spec{Seq: seq},
		Command: task.Command{Name: name}, Started: time.Now().Add(time.Duration(seq-1000) * time.Second)}
}

func has(text string) func([]string) bool {
	return func(lines []string) bool {
		return slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, text) })
	}
}

func TestTheViewOnATerminal(t *testing.T) {
	sp := spool.New(t.TempDir(), 1<<20)
	defer sp.Close()
	d := newDesk(t, 80, 24)
	live := &Live{}
	send, end := d.report(Options{Live: live, Total: func() int { return 9 }})

	live.Wrote(2, 2, []byte("half\n\x1b[31mred\x1b[0m line\n"))
	send(starts(1, 1, "wide 日本語"), starts(2, 2, "b\ttab\x1b[2J"), starts(3, 3, strings.Repeat("long ", 30)))
	lines := d.until("three tasks", func(lines []string) bool {
		return len(lines) == 4 && strings.HasPrefix(lines[3], "0/9 done, 3 running")
	})
	if !strings.Contains(lines[1], "red line") || strings.Contains(lines[1], "half") {
		t.Errorf("the second has not its last line: %q", lines[1])
	}

	// What a task writes stands above the view, which moves down.
	ended := done(2, task.Failed)
	ended.Slot, ended.ExitStatus, ended.Stdout, ended.StdoutBytes = 2, 3, textOf(t, sp, "one\ntwo\n"), 8
	send(ended)
	lines = d.until("two tasks", func(lines []string) bool {
		return len(lines) == 6 && strings.HasPrefix(lines[5], "1/9 done, 2 running, 1 failed, ")
	})
	if want := []string{"one", "two", "skein: n2: failed: exit status 3"}; !slices.Equal(lines[:3], want) {
		t.Errorf("%q above the view, want %q", lines[:3], want)
	}

	// A narrower terminal has shorter lines; at its end nothing of the view is left.
	d.resize(40, 10)
	d.until("shorter lines", func(lines []string) bool {
		return strings.HasPrefix(lines[len(lines)-1], "1/9 done") &&
			!slices.ContainsFunc(lines, func(l string) bool { return runewidth.StringWidth(l) > 40 })
	})
	for seq := 4; seq <= 9; seq++ {
		send(starts(seq, seq, fmt.Sprint("job ", seq)))
	}
	d.until("a third of the screen", has("and 6 more"))
	for _, seq := range []int{1, 3, 4, 5, 6, 7, 8, 9} {
		ev := done(seq, task.Succeeded)
		ev.Slot = seq
		send(ev)
	}
	if exit := end(); exit != 1 {
		t.Errorf("exit status %d", exit)
	}
	lines = d.until("the summary", has("9 tasks: 8 succeeded, 1 failed"))
	if has("running")(lines) || has("more")(lines) {
		t.Errorf("something of the view is left:\n%s", strings.Join(lines, "\n"))
	}
}

func TestTheViewOfManyTasks(t *testing.T) {
	now := time.Now()
	l := &Live{}
	for seq := 1; seq <= 300; seq++ {
		l.take(starts(seq, seq, fmt.Sprint("job ", seq)))
	}
	for _, row := range []struct{ columns, lines, want int }{{80, 24, 9}, {40, 10, 4}, {1, 1, 2}} {
		view := l.view("status", row.columns, row.lines, now)
		if len(view) != row.want {
			t.Errorf("%dx%d: %d lines, want %d: %q", row.columns, row.lines, len(view), row.want, view)
		}
		for _, line := range view {
			if w := runewidth.StringWidth(line); w > max(1, row.columns-1) {
				t.Errorf("%dx%d: %q is %d wide", row.columns, row.lines, line, w)
			}
		}
	}
	if view := l.view("", 80, 24, now); !strings.Contains(view[0], "job 1") || !strings.Contains(view[7], "and 293 more") {
		t.Errorf("%q", view)
	}
}

func TestANameIsShortenedInItsMiddle(t *testing.T) {
	for _, row := range []struct {
		name    string
		columns int
		want    string
	}{
		{"short", 8, "short"},
		{"convert photos/1.jpg", 12, "conv…s/1.jpg"},
		{"日本語日本語", 8, "日… 本語"},
	} {
		got := fit(row.name, row.columns)
		if got != row.want || runewidth.StringWidth(got) > row.columns {
			t.Errorf("%q in %d: %q, want %q", row.name, row.columns, got, row.want)
		}
	}
}

func TestWhatATaskWroteBeforeItWasKnownCounts(t *testing.T) {
	l := &Live{}
	l.Wrote(1, 1, []byte("old\n"))
	l.Wrote(1, 2, []byte("ne"))
	l.take(done(1, task.Succeeded)) // of the task before
	l.take(starts(2, 1, "n"))
	l.Wrote(1, 2, []byte("w\n"))
	if rows, _ := l.rows(5); len(rows) != 1 || rows[0].last != "new" {
		t.Errorf("%+v", rows)
	}
	l.Wrote(1, 2, []byte(strings.Repeat("x", 2*tailSize)+"\r\nbar 90%\r\n \n"))
	if rows, _ := l.rows(5); rows[0].last != "bar 90%" {
		t.Errorf("%+v", rows)
	}
}

func TestPace(t *testing.T) {
	steady, rough := &pace{}, &pace{}
	for i := range 1000 {
		at := time.Duration(i+1) * 100 * time.Millisecond
		steady.look(at, i+1)
		rough.look(at, (i+1)/250*250)
	}
	left, least, most := steady.left(100*time.Second, 1000, 1500)
	if left != 50*time.Second || least < 49*time.Second || most > 51*time.Second {
		t.Errorf("steady: %v (%v to %v)", left, least, most)
	}
	left, least, most = rough.left(100*time.Second, 1000, 1500)
	if left != 50*time.Second || least > 45*time.Second || most != 0 && most < 60*time.Second {
		t.Errorf("rough: %v (%v to %v)", left, least, most)
	}
	if len(steady.marks) >= mostMarks {
		t.Errorf("%d marks", len(steady.marks))
	}
	if _, least, most := new(pace).left(time.Second, 1, 2); least != 0 || most != 0 {
		t.Errorf("a range from nothing: %v to %v", least, most)
	}
}

func BenchmarkLive(b *testing.B) {
	l := &Live{}
	ta := newTally()
	line := []byte("some line of output\n")
	b.ReportAllocs()
	for b.Loop() {
		start, end := began(1), done(1, task.Succeeded)
		start.Slot, end.Slot = 1, 1
		ta.count(start)
		l.take(start)
		l.Wrote(1, 1, line)
		ta.count(end)
		l.take(end)
	}
}
