package protocol

// Accepted is how many tasks of each series were; it has no series of none.
type Accepted = BySeries[int]

// Fold is what the done log comes to: the first record of a task in the order
// of the log that ends it is its outcome. Who reads the same log gets the same,
// whenever he begins. It belongs to one goroutine.
type Fold struct {
	// Late counts the records of tasks that have an outcome already: of
	// workers that were cut off, and of batches that came twice.
	Late int

	// Stray counts the records of tasks that were never accepted: of
	// submissions that no caller was told of, as the run was closed first, and
	// of what a worker has invented.
	Stray int

	sealed Accepted         // nil: not known yet
	ended  map[Series]*bits // the tasks that have an outcome
	due    int              // tasks of sealed that have none

	// The series of the record before, as most are of that, with what the maps
	// have of it.
	now   Series
	bits  *bits
	limit int
}

// Seal says how many tasks of each series were accepted.
func (f *Fold) Seal(accepted Accepted) {
	if accepted == nil {
		accepted = Accepted{}
	}
	f.sealed, f.due, f.bits = accepted, 0, nil
	for s, n := range accepted {
		f.due += n
		if b := f.ended[s]; b != nil {
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
	for s, b := range f.ended {
		if accepted[s] == 0 {
			f.Stray += b.n
			b.n = 0
		}
	}
}

// turn turns to a series.
func (f *Fold) turn(s Series) {
	if f.bits != nil && f.now == s {
		return
	}
	f.now, f.limit, f.bits = s, f.sealed[s], f.ended[s]
	if f.bits == nil {
		f.bits = new(bits)
	}
}

// Take takes the next record of the log, and reports whether it is the outcome
// of its task.
func (f *Fold) Take(r Record) bool {
	if !r.Outcome.Ends() {
		return false
	}
	f.turn(r.ID.Series())
	switch {
	case r.ID.N < 1, f.sealed != nil && r.ID.N > f.limit:
		f.Stray++
		return false
	case f.bits.has(r.ID.N):
		f.Late++
		return false
	}
	if f.bits.n == 0 {
		if f.ended == nil {
			f.ended = map[Series]*bits{}
		}
		f.ended[f.now] = f.bits
	}
	f.bits.add(r.ID.N)
	f.due--
	return true
}

// Has reports whether the task has an outcome.
func (f *Fold) Has(id ID) bool {
	b := f.ended[id.Series()]
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

// MissingOf gives those of the tasks 1 to n of some series that have no outcome,
// in order.
func (f *Fold) MissingOf(accepted Accepted) (all []ID) {
	for _, s := range inOrder(accepted) {
		for i := 1; i <= accepted[s]; i++ {
			if id := s.Task(i); !f.Has(id) {
				all = append(all, id)
			}
		}
	}
	return all
}
