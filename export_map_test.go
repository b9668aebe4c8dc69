package skein

import "time"

// SetApart chooses whether Map and Each make each item a task, as they do under
// the race detector, or hand out chunks. It returns what was chosen before.
func SetApart(on bool) bool {
	old := apart
	apart = on
	return old
}

// Paced tells how long the next chunk is.
var Paced = paced

// Worth is what EachSeq goes by.
type Worth = worth

func (w *worth) Looks() bool               { return w.looks() }
func (w *worth) Took(d time.Duration) bool { return w.took(d) }
