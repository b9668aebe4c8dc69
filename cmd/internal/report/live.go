package report

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"

	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/task"
)

// Live knows what runs: the task of each slot, and the end of what that has
// written. It is told with little work, and looked at ten times a second. It
// is safe for concurrent use.
type Live struct {
	mu    sync.Mutex
	seats []*seat // of slot 1, 2 and so on
}

// seat is what a slot does.
type seat struct {
	mu    sync.Mutex
	seq   int // of the task that runs; 0: none
	name  string
	since time.Time
	wrote int    // the task whose is the tail
	tail  []byte // the end of what it wrote
}

// tailSize is what a terminal shows of an output, more or less.
const tailSize = 2048

// seat gives that of a slot.
func (l *Live) seat(slot int) *seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.seats) < slot {
		l.seats = append(l.seats, &seat{})
	}
	return l.seats[slot-1]
}

// Wrote takes what the task number seq in that slot has just written, perhaps
// before it is known that the task has started.
func (l *Live) Wrote(slot, seq int, p []byte) {
	s := l.seat(slot)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrote != seq {
		s.wrote, s.tail = seq, s.tail[:0]
	}
	p = p[max(0, len(p)-tailSize):]
	if keep := tailSize - len(p); len(s.tail) > keep {
		s.tail = s.tail[:copy(s.tail, s.tail[len(s.tail)-keep:])]
	}
	s.tail = append(s.tail, p...)
}

// Tail gives the end of what a task that runs, or was the last of its slot, has
// written; nil if that is not known.
func (l *Live) Tail(seq int) []byte {
	l.mu.Lock()
	seats := slices.Clone(l.seats)
	l.mu.Unlock()
	for _, s := range seats {
		s.mu.Lock()
		if s.wrote == seq {
			defer s.mu.Unlock()
			return bytes.Clone(s.tail)
		}
		s.mu.Unlock()
	}
	return nil
}

// take notes what an event says of its slot.
func (l *Live) take(ev task.Event) {
	if ev.Slot == 0 || ev.Kind == task.Output {
		return
	}
	s := l.seat(ev.Slot)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ev.Kind == task.Started:
		s.seq, s.name, s.since = ev.Spec.Seq, name(ev), ev.Started
	case s.seq == ev.Spec.Seq:
		s.seq = 0
	}
}

// row is a task that runs.
type row struct {
	name  string
	since time.Time
	last  string // the last line that it wrote
	tail  []byte
}

// rows gives the tasks that have run longest, at most n of them, and how many
// more there are.
func (l *Live) rows(n int) (rows []row, more int) {
	l.mu.Lock()
	seats := slices.Clone(l.seats)
	l.mu.Unlock()
	for _, s := range seats {
		s.mu.Lock()
		if s.seq != 0 {
			r := row{name: s.name, since: s.since}
			if s.wrote == s.seq {
				r.tail = bytes.Clone(s.tail)
			}
			rows = append(rows, r)
		}
		s.mu.Unlock()
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.since.UnixNano(), b.since.UnixNano()) })
	if more = len(rows) - n; more > 0 {
		more++ // a line says so
		rows = rows[:max(0, n-1)]
	}
	for i := range rows {
		rows[i].last = lastLine(rows[i].tail)
	}
	return rows, max(0, more)
}

// lastLine is the last line of an output that shows anything.
func lastLine(tail []byte) string {
	lines := strings.FieldsFunc(string(tail), func(r rune) bool { return r == '\n' || r == '\r' })
	for i := len(lines) - 1; i >= 0; i-- {
		if s := strings.TrimSpace(inert.Text(lines[i])); s != "" {
			return s
		}
	}
	return ""
}

// view is what stands at the foot of the terminal: the tasks that run, as many
// as a third of it holds, and the status.
func (l *Live) view(status string, columns, lines int, now time.Time) []string {
	rows, more := l.rows(max(1, lines/3))
	widest := 0
	for i := range rows {
		rows[i].name = fit(inert.Text(rows[i].name), max(8, columns*2/5))
		widest = max(widest, runewidth.StringWidth(rows[i].name))
	}
	var all []string
	for _, r := range rows {
		text := fmt.Sprintf("%7s  %s  %s", clock(now.Sub(r.since)), runewidth.FillRight(r.name, widest), r.last)
		all = append(all, strings.TrimRight(text, " "))
	}
	if more > 0 {
		all = append(all, fmt.Sprintf("%7s  and %d more", "", more))
	}
	all = append(all, status)
	for i, text := range all {
		all[i] = runewidth.Truncate(text, max(1, columns-1), "…")
	}
	return all
}

// fit shortens a name in its middle: commands begin alike, and end with what
// tells them apart.
func fit(name string, columns int) string {
	wide := runewidth.StringWidth(name)
	if wide <= columns {
		return name
	}
	head := columns / 3
	return runewidth.Truncate(name, head, "") + runewidth.TruncateLeft(name, wide-(columns-head-1), "…")
}

// clock is a duration as people read it: 5s, 1m05s, 2h03m.
func clock(d time.Duration) string {
	d = max(0, d)
	s := int(d.Seconds())
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 48*3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
}
