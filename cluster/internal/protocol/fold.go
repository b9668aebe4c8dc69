package protocol

import (
	"maps"
	"slices"
)

// Fold is what the done log comes to: the first record of a task in the order
// of the log that ends it is its outcome. Who reads the same log gets the same,
// whenever he begins. It belongs to one goroutine.
type Fold struct {
	// From is the number up to which submitters are those of a run of the same
	// name that was removed: their tasks are none of this one's.
	From int

	// Late counts the records of tasks that have an outcome already: of
	// workers that were cut off, and of batches that came twice.
	Late int

	// Stray counts the records of tasks that were never accepted: of
	// submissions that no caller was told of, as the run was closed first.
	Stray int

	sealed map[int]int   // by submitter, how many tasks; nil: not known yet
	ended  map[int]*bits // by submitter, its tasks that have an outcome
	due    int           // tasks of sealed that have none
}

// Seal says how many tasks of each submitter were accepted.
func (f *Fold) Seal(accepted map[int]int) {
	f.sealed, f.due = accepted, 0
	for submitter, n := range accepted {
		f.due += n
		if b := f.ended[submitter]; b != nil {
			in := 0
			for i := 1; i <= n; i++ {
				if b.has(i) {
					in++
				}
			}
			f.Stray += b.n - in
			b.n = in
			f.due -= in
		}
	}
	for submitter, b := range f.ended {
		if accepted[submitter] == 0 {
			f.Stray += b.n
			b.n = 0
		}
	}
}

func (f *Fold) accepted(id ID) bool {
	return f.sealed == nil || id.N <= f.sealed[id.Submitter]
}

// Take takes the next record of the log, and reports whether it is the outcome
// of its task.
func (f *Fold) Take(r Record) bool {
	if !r.Outcome.Ends() {
		return false
	}
	if r.ID.N < 1 || r.ID.Submitter <= f.From || !f.accepted(r.ID) {
		f.Stray++
		return false
	}
	b := f.ended[r.ID.Submitter]
	if b == nil {
		b = new(bits)
		if f.ended == nil {
			f.ended = map[int]*bits{}
		}
		f.ended[r.ID.Submitter] = b
	}
	if b.has(r.ID.N) {
		f.Late++
		return false
	}
	b.add(r.ID.N)
	f.due--
	return true
}

// Has reports whether the task has an outcome.
func (f *Fold) Has(id ID) bool {
	b := f.ended[id.Submitter]
	return b != nil && id.N > 0 && b.has(id.N)
}

// Ended is how many tasks have an outcome.
func (f *Fold) Ended() (n int) {
	for _, b := range f.ended {
		n += b.n
	}
	return n
}

// Done reports whether each task that was accepted has an outcome.
func (f *Fold) Done() bool { return f.sealed != nil && f.due == 0 }

// Missing gives the tasks that were accepted and have none, in order.
func (f *Fold) Missing() []ID { return f.MissingOf(f.sealed) }

// MissingOf gives those of the tasks 1 to n of some submitters that have no
// outcome, in order.
func (f *Fold) MissingOf(accepted map[int]int) (all []ID) {
	for _, submitter := range slices.Sorted(maps.Keys(accepted)) {
		for i := 1; i <= accepted[submitter]; i++ {
			if id := (ID{submitter, i}); !f.Has(id) {
				all = append(all, id)
			}
		}
	}
	return all
}
