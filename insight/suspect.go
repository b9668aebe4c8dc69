package insight

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"example.com/skein"
)

// Suspect is a worker that has run for longer than [Handler.Stuck]. Its State
// and At are at most ten seconds old, where they could be told; its Stack is
// at the address stacks.
type Suspect struct {
	skein.Worker
	GroupID uint64 `json:"groupID"` // as in [skein.GroupState]
	Guess   Guess  `json:"guess"`
}

// Guess says what a worker that has run for long seems to be: there is no
// telling a worker that waits for work from one that waits in vain. It goes by
// the worker's state and stack.
type Guess string

// The guesses, in the order in which suspects are listed.
const (
	Blocked Guess = "blocked" // in a send, a lock, a WaitGroup: it goes on only if another goroutine does something
	Unclear Guess = "unclear" // it receives, or computes, or nothing is known
	Idle    Guess = "idle"    // it waits for the network, for time, or for one of several things
	Parent  Guess = "parent"  // it waits for workers of its own
)

var guesses = []Guess{Blocked, Unclear, Idle, Parent}

// mostSuspects is how many are listed.
const mostSuspects = 100

// suspects lists the workers of a snapshot that have run for long, and counts
// them. Only if there are any does it look at stacks.
func (h *Handler) suspects(s *skein.Snapshot) ([]Suspect, int) {
	all := []Suspect{}
	if h.stuck() == 0 {
		return all, 0
	}
	eachGroup(s.Groups, func(g *skein.GroupState) {
		for _, w := range g.Workers {
			if w.Age >= h.stuck() {
				all = append(all, Suspect{w, g.ID, Unclear})
			}
		}
	})
	if len(all) == 0 {
		return all, 0
	}
	if h.Source == nil {
		dump, _ := h.watch.dumps.get(min(10*time.Second, max(time.Second, h.stuck())))
		question(all, dump)
	}
	slices.SortStableFunc(all, func(a, b Suspect) int {
		return cmp.Or(
			cmp.Compare(slices.Index(guesses, a.Guess), slices.Index(guesses, b.Guess)),
			-cmp.Compare(a.Age, b.Age),
		)
	})
	return all[:min(len(all), mostSuspects)], len(all)
}

// question fills in what the suspects are doing.
func question(all []Suspect, dump skein.Snapshot) {
	type worker struct {
		group  uint64
		number int64
	}
	doing := make(map[worker]*skein.Worker)
	eachGroup(dump.Groups, func(g *skein.GroupState) {
		for i := range g.Workers {
			doing[worker{g.ID, g.Workers[i].Number}] = &g.Workers[i]
		}
	})
	for i := range all {
		s := &all[i]
		if w := doing[worker{s.GroupID, s.Number}]; w != nil {
			s.Goroutine, s.State, s.At = w.Goroutine, w.State, w.At
			s.Guess = guess(w)
		}
	}
}

// guess goes by what goroutine dumps call the state.
func guess(w *skein.Worker) Guess {
	switch state := w.State; {
	case waitsForWorkers(w.Stack):
		return Parent
	case strings.HasPrefix(state, "chan send"), strings.HasSuffix(state, "(nil chan)"), state == "select (no cases)",
		state == "semacquire", state == "sync.WaitGroup.Wait", strings.HasPrefix(state, "sync.Mutex"),
		strings.HasPrefix(state, "sync.RWMutex"), waitsForOthers(w.Stack):
		return Blocked
	case state == "IO wait", state == "select", state == "sleep":
		return Idle
	}
	return Unclear
}

// waitsForWorkers says whether a stack stands where a group's Wait blocks, that
// of a scope too, such as Run or Map.
func waitsForWorkers(stack string) bool {
	return strings.Contains(stack, "example.com/skein.(*Group).await")
}

// waitsForOthers says whether it stands in the Wait of a WaitGroup of ours, which
// blocks on a channel, or in a Go that Backlog blocks.
func waitsForOthers(stack string) bool {
	return strings.Contains(stack, "example.com/skein.(*WaitGroup).Wait") || strings.Contains(stack, "example.com/skein.(*Group).Go")
}
