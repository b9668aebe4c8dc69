package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/skein/cmd/internal/task"
)

// spent is what the tasks took.
type spent struct {
	cpu     time.Duration
	wall    time.Duration // of all tasks, added
	n       int           // processes
	peak    int64         // bytes, of the largest that is known; 0: none is
	peakBy  string
	slowest []took // the longest first, at most mostSlow
}

type took struct {
	name string
	time time.Duration
}

// mostSlow is how many of the slowest are told.
const mostSlow = 3

func (s *spent) add(ev task.Event) {
	s.cpu += ev.User + ev.System
	if ev.PeakMemory > s.peak {
		s.peak, s.peakBy = ev.PeakMemory, name(ev)
	}
	d := ev.Time.Sub(ev.Started)
	s.wall += d
	s.n++
	if len(s.slowest) == mostSlow && d <= s.slowest[mostSlow-1].time {
		return
	}
	s.slowest = append(s.slowest, took{name(ev), d})
	slices.SortStableFunc(s.slowest, func(a, b took) int { return cmp.Compare(b.time, a.time) })
	s.slowest = s.slowest[:min(len(s.slowest), mostSlow)]
}

// line says what was spent, and the names of those that stand out: the
// largest if there are several, and the slow ones that took twice as long as
// the mean and a tenth of a second at least.
func (s *spent) line() string {
	text := fmt.Sprint("CPU ", s.cpu.Round(precision(s.cpu)))
	if s.peak > 0 {
		text += ", memory up to " + bytesOf(s.peak)
	}
	if s.peak > 0 && s.n > 1 {
		text += " (" + s.peakBy + ")"
	}
	var slow []string
	for _, t := range s.slowest {
		if t.time >= 100*time.Millisecond && t.time >= 2*s.wall/time.Duration(s.n) {
			slow = append(slow, fmt.Sprintf("%s (%s)", t.name, t.time.Round(precision(t.time))))
		}
	}
	if len(slow) > 0 {
		text += "; slowest: " + strings.Join(slow, ", ")
	}
	return text
}

// bytesOf is a number of bytes as people read it, with two figures at least.
func bytesOf(n int64) string {
	const units = "KMGTPE"
	if n < 10<<10 {
		return fmt.Sprint(n, " B")
	}
	i := 0
	for n >= 10<<20 {
		n >>= 10
		i++
	}
	return fmt.Sprintf("%d %ciB", n>>10, units[i])
}
