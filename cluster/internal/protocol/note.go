package protocol

// Note is a message of the done log, which a worker writes of a batch that it
// holds.
type Note struct {
	Records []Record

	// Gone are tasks of the batch that need nothing more of it: the done log has
	// their ends, or the task stream their successors. Only the last note of a
	// batch is looked up.
	Gone []int
}

// Place is where the notes of a batch are: of what was submitted together, or of
// the tasks A to B of it, once a worker has published them again.
type Place struct {
	Of   Span
	A, B int // 0: as it was submitted
}

// Place is that of the batch's notes.
func (b Batch) Place() Place {
	if !b.Again {
		return Place{Of: b.Of}
	}
	return Place{b.Of, b.Tasks[0].ID.N, b.Tasks[len(b.Tasks)-1].ID.N}
}

// gone is an end for who looks a batch up.
const gone Outcome = "gone"

// Known is what the done log has of the tasks of a batch that [MustLookUp] is
// true of: own is the last note at its place, submitted the last one at that of
// the batch as it was submitted; nil: there is none. Others may have said more:
// then a task runs once more than it need.
//
// What is gone counts only if this very batch said so. The batch before it lost
// its tasks to this one; and a task that is alone has the same place with each
// attempt, of which one is gone when the next begins.
func Known(b Batch, own, submitted *Note) (all []Record) {
	if own != nil {
		all = append(all, own.Records...)
		if len(b.Tasks) > 1 {
			for _, n := range own.Gone {
				all = append(all, Record{ID: b.Of.Task(n), Outcome: gone})
			}
		}
	}
	if submitted != nil && b.Again {
		all = append(all, submitted.Records...)
	}
	return all
}
