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
	pace    pace
	spent   spent
	now     int // running
	done    int
	ended   map[task.Outcome]int
	show    []bad
	unshown int // tasks that failed but are not in show
}

// bad is a task that did not succeed.
type bad struct{ name, how, lastWords, again string }

func newTally() *tally { return &tally{begun: time.Now(), ended: map[task.Outcome]int{}} }

func (t *tally) count(ev task.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch ev.Kind {
	case task.Started:
		t.now++
	case task.Retried:
		if ev.Began() {
			t.now--
			t.spent.add(ev)
		}
	case task.Finished:
		t.done++
		t.ended[ev.Outcome]++
		if ev.Began() {
			t.now--
			t.spent.add(ev)
		}
		t.remember(ev)
	}
}

// remember keeps the first that failed by themselves. Those that we stopped
// or skipped are only counted: there may be a great many, and no news.
func (t *tally) remember(ev task.Event) {
	if remarkable(ev) {
		if len(t.show) == mostShown {
			t.unshown++
			return
		}
		t.show = append(t.show, bad{name(ev), ended(ev), ev.LastWords, ev.Command.Line})
	}
}

// remarkable says that a task failed by itself.
func remarkable(ev task.Event) bool {
	switch ev.Outcome {
	case task.Succeeded, task.Skipped, task.Cancelled:
		return false
	}
	return true
}

func (t *tally) running() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// well reports whether all succeeded, or one, if that is enough.
func (t *tally) well(one bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one {
		return t.ended[task.Succeeded] > 0
	}
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

// line is the status: what is done, how fast, and how long the rest will take.
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
	at := time.Since(t.begun)
	t.pace.look(at, t.done)
	if t.done > 0 {
		fmt.Fprintf(&b, ", %s", perSecond(float64(t.done)/at.Seconds()))
		if all > t.done {
			b.WriteString(", " + timeLeft(t.pace.left(at, t.done, all)))
		}
	}
	return b.String()
}

// timeLeft says how long, and the range if it is known and there is one.
func timeLeft(left, least, most time.Duration) string {
	text := clock(left.Round(time.Second)) + " left"
	from, to := clock(least.Round(time.Second)), clock(most.Round(time.Second))
	switch {
	case least == 0, from == to:
		return text
	case most == 0:
		return text + " (at least " + from + ")"
	}
	return text + " (" + from + " to " + to + ")"
}

func perSecond(rate float64) string {
	if rate < 10 {
		return fmt.Sprintf("%.1f/s", rate)
	}
	return fmt.Sprintf("%.0f/s", rate)
}
