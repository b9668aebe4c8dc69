package protocol

import (
	"maps"
	"slices"
)

// Fold is what the done log comes to: the first record of a task in the order
// of the log that ends it is its outcome. Who reads the same log gets the same,
// whenever he begins. It belongs to one goroutine.
type Fold struct {
	// Late counts the records of tasks that have an outcome already: of
	// workers that were cut off, and of batches that came twice.
	Late int

	// Stray counts the records of tasks that were never accepted: of
	// submissions that no caller was told of, as the run was closed first.
	Stray int

	sealed map[int]int // by submitter, how many tasks; nil: not known yet
	ended  map[ID]Outcome
	due    int // of sealed
}

// Seal says how many tasks of each submitter were accepted.
func (f *Fold) Seal(accepted map[int]int) {
	f.sealed, f.due = accepted, 0
	for _, n := range accepted {
		f.due += n
	}
	for id := range f.ended {
		if !f.accepted(id) {
			delete(f.ended, id)
			f.Stray++
		}
	}
}

func (f *Fold) accepted(id ID) bool {
	return f.sealed == nil || 1 <= id.N && id.N <= f.sealed[id.Submitter]
}

// Take takes the next record of the log, and reports whether it is the outcome
// of its task.
func (f *Fold) Take(r Record) bool {
	if !r.Outcome.Ends() {
		return false
	}
	switch _, has := f.ended[r.ID]; {
	case !f.accepted(r.ID):
		f.Stray++
		return false
	case has:
		f.Late++
		return false
	}
	if f.ended == nil {
		f.ended = map[ID]Outcome{}
	}
	f.ended[r.ID] = r.Outcome
	return true
}

// Outcome is that of a task; empty if it has none.
func (f *Fold) Outcome(id ID) Outcome { return f.ended[id] }

// Done reports whether each task that was accepted has an outcome.
func (f *Fold) Done() bool { return f.sealed != nil && len(f.ended) == f.due }

// Missing gives the tasks that were accepted and have none, in order.
func (f *Fold) Missing() (all []ID) {
	for _, submitter := range slices.Sorted(maps.Keys(f.sealed)) {
		for i := 1; i <= f.sealed[submitter]; i++ {
			if id := (ID{submitter, i}); f.ended[id] == "" {
				all = append(all, id)
			}
		}
	}
	return all
}
