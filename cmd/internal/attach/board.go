package attach

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"example.com/skein/cmd/internal/task"
)

// most is how many running tasks a State lists.
const most = 1000

// longest is how many bytes of a name a State has.
const longest = 4096

// Board is what is known of a run. The zero value is ready to use.
type Board struct {
	mu      sync.Mutex
	running map[int]Running
	counts  map[task.Outcome]int
	retried int
	halted  string
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
	case task.Halted:
		if ev.Err != nil {
			b.halted = ev.Err.Error()
		}
	}
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
