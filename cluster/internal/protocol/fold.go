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

	sealed map[int]int   // by submitter, how many tasks; nil: not known yet
	ended  map[int]*bits // by submitter, its tasks that have an outcome
	due    int           // tasks of sealed that have none
}

// mostTasks is how many tasks a submitter can have. It bounds the memory that a
// record with a number that somebody made up takes.
const mostTasks = 1 << 30

// bits is a set of small numbers: a run may have ten million tasks.
type bits struct {
	words []uint64
	n     int
}

func (b *bits) has(i int) bool { return i>>6 < len(b.words) && b.words[i>>6]&(1<<(i&63)) != 0 }

func (b *bits) add(i int) {
	for i>>6 >= len(b.words) {
		b.words = append(b.words, 0)
	}
	b.words[i>>6] |= 1 << (i & 63)
	b.n++
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
	if r.ID.N < 1 || r.ID.N > mostTasks || !f.accepted(r.ID) {
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
func (f *Fold) Missing() (all []ID) {
	for _, submitter := range slices.Sorted(maps.Keys(f.sealed)) {
		for i := 1; i <= f.sealed[submitter]; i++ {
			if id := (ID{submitter, i}); !f.Has(id) {
				all = append(all, id)
			}
		}
	}
	return all
}
