package attach

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/skein/cmd/internal/task"
)

// most is how many running tasks a State lists.
const most = 1000

// longest is how many bytes of a name a State has, and shortest how many of
// that of a task that has ended.
const (
	longest  = 4096
	shortest = 200
)

// Board is what is known of a run. The zero value is ready to use.
type Board struct {
	mu      sync.Mutex
	running map[int]Running
	counts  map[task.Outcome]int
	retried int
	halted  string
	ended   []Ended // a ring: the one with the number n is at n modulo most
	n       int     // of all that were put in
}

// Watch gives the same events, and notes of each what [Board.State] tells. It
// never waits for anybody who looks.
func (b *Board) Watch(events iter.Seq[task.Event]) iter.Seq[task.Event] {
	return func(yield func(task.Event) bool) {
		for ev := range events {
			b.note(&ev)
			if !yield(ev) {
				return
			}
		}
	}
}

func (b *Board) note(ev *task.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running == nil {
		b.running = map[int]Running{}
	}
	if b.counts == nil {
		b.counts = map[task.Outcome]int{}
	}
	switch ev.Kind {
	case task.Started:
		b.running[ev.Spec.Seq] = Running{
			Task: ev.Spec.Seq, Name: ev.Command.Name, Slot: ev.Slot,
			Attempt: ev.Attempt, PID: ev.PID, Since: ev.Time,
		}
	case task.Retried:
		b.retried++
		delete(b.running, ev.Spec.Seq)
	case task.Finished:
		b.counts[ev.Outcome]++
		delete(b.running, ev.Spec.Seq)
		if ev.Outcome != task.Skipped {
			b.keep(ev)
		}
	case task.Halted:
		if ev.Err != nil {
			b.halted = ev.Err.Error()
		}
	}
}

// keep puts a task that has ended into the ring.
func (b *Board) keep(ev *task.Event) {
	e := Ended{
		Task: ev.Spec.Seq, Name: shortName(ev.Command.Name), Attempt: ev.Attempt, PID: ev.PID,
		Outcome: ev.Outcome, Why: ev.Cause, Time: ev.Time,
	}
	if !ev.Started.IsZero() {
		e.Took = ev.Time.Sub(ev.Started)
	}
	switch {
	case e.Why != "":
	case ev.Signal != 0:
		e.Why = "signal: " + ev.Signal.String()
	case ev.ExitStatus > 0:
		e.Why = "exit status " + strconv.Itoa(ev.ExitStatus)
	}
	if len(b.ended) < most {
		b.ended = append(b.ended, e)
	} else {
		b.ended[b.n%most] = e
	}
	b.n++
}

// shortName is a copy, so that the ring does not keep the megabyte behind it.
func shortName(name string) string {
	if len(name) <= shortest {
		return name
	}
	return strings.ToValidUTF8(name[:shortest], "") + "…"
}

// Since gives the tasks that have ended after so many had, and the number of
// all so far.
func (b *Board) Since(n int) ([]Ended, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []Ended
	for n = max(n, b.n-len(b.ended)); n < b.n; n++ {
		all = append(all, b.ended[n%most])
	}
	return all, b.n
}

// State is how the run stands now; Run and Limit are left out.
func (b *Board) State() State {
	b.mu.Lock()
	if b.counts == nil {
		b.counts = map[task.Outcome]int{}
	}
	s := State{
		Time: time.Now(), Counts: maps.Clone(b.counts), Retried: b.retried, Halted: b.halted,
		Active: len(b.running), Running: slices.Collect(maps.Values(b.running)),
	}
	b.mu.Unlock()
	slices.SortFunc(s.Running, func(x, y Running) int {
		return cmp.Or(x.Since.Compare(y.Since), x.Task-y.Task)
	})
	s.Running = s.Running[:min(len(s.Running), most)]
	for i := range s.Running {
		s.Running[i].Name = s.Running[i].Name[:min(len(s.Running[i].Name), longest)]
	}
	return s
}
