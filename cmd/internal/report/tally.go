package report

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"example.com/skein/cmd/internal/task"
)

// mostShown is how many tasks that did not succeed the summary shows.
const mostShown = 10

// outcomes in the order in which they are told.
var outcomes = []task.Outcome{
	task.Succeeded, task.Failed, task.TimedOut, task.Killed, task.Cancelled, task.Skipped,
}

// tally counts the tasks. The live line reads it while they are counted.
type tally struct {
	begun time.Time

	mu      sync.Mutex
	now     int // running
	done    int
	ended   map[task.Outcome]int
	show    []bad
	unshown int // tasks that failed but are not in show
}

// bad is a task that did not succeed.
type bad struct{ name, how, lastWords string }

func newTally() *tally { return &tally{begun: time.Now(), ended: map[task.Outcome]int{}} }

func (t *tally) count(ev task.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch ev.Kind {
	case task.Started:
		t.now++
	case task.Finished:
		t.done++
		t.ended[ev.Outcome]++
		if ev.PID != 0 {
			t.now--
		}
		t.remember(ev)
	}
}

// remember keeps the first that failed by themselves. Those that we stopped
// or skipped are only counted: there may be a great many, and no news.
func (t *tally) remember(ev task.Event) {
	switch ev.Outcome {
	case task.Succeeded, task.Skipped, task.Cancelled:
	default:
		if len(t.show) == mostShown {
			t.unshown++
			return
		}
		t.show = append(t.show, bad{name(ev), ended(ev), ev.LastWords})
	}
}

func (t *tally) running() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

func (t *tally) allSucceeded() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.done == t.ended[task.Succeeded]
}

// counts says how many ended how: "10 tasks: 7 succeeded, 3 failed".
func (t *tally) counts() string {
	var parts []string
	for _, o := range outcomes {
		if n := t.ended[o]; n > 0 {
			parts = append(parts, fmt.Sprint(n, " ", o))
		}
	}
	return count(t.done, "task", "tasks") + ": " + strings.Join(parts, ", ")
}

// line is the live line.
func (t *tally) line(total func() int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := 0
	if total != nil {
		all = total()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d", t.done)
	if all > 0 {
		fmt.Fprintf(&b, "/%d", all)
	}
	fmt.Fprintf(&b, " done, %d running", t.now)
	if failed := t.done - t.ended[task.Succeeded]; failed > 0 {
		fmt.Fprintf(&b, ", %d failed", failed)
	}
	rate := float64(t.done) / time.Since(t.begun).Seconds()
	if t.done > 0 {
		fmt.Fprintf(&b, ", %s", perSecond(rate))
		if all > t.done {
			left := time.Duration(float64(all-t.done) / rate * float64(time.Second))
			fmt.Fprintf(&b, ", %s left", left.Round(time.Second))
		}
	}
	return b.String()
}

func perSecond(rate float64) string {
	if rate < 10 {
		return fmt.Sprintf("%.1f/s", rate)
	}
	return fmt.Sprintf("%.0f/s", rate)
}
