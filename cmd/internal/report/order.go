package report

import "example.com/skein/cmd/internal/spool"

// piece is some output of one task.
type piece struct {
	stdout, stderr *spool.Text
	tag            string
}

func (p piece) empty() bool { return p.stdout.Len() == 0 && p.stderr.Len() == 0 }

// order holds outputs back until all tasks with smaller numbers have ended.
type order struct {
	next  int       // the number of the task whose output may be written
	tasks []waiting // by number, from next on
}

// waiting is a task after the one that may write.
type waiting struct {
	pieces []piece
	done   bool
}

// add takes a piece of the task number seq, its last one if done, and returns
// the pieces that may be written now.
func (o *order) add(seq int, p piece, done bool) (now []piece) {
	for len(o.tasks) <= seq-o.next {
		o.tasks = append(o.tasks, waiting{})
	}
	w := &o.tasks[seq-o.next]
	w.done = done
	if !p.empty() {
		w.pieces = append(w.pieces, p)
	}
	if seq != o.next {
		// What cannot go to the file stays in memory, and is not lost.
		p.stdout.Keep()
		p.stderr.Keep()
		return nil
	}
	for len(o.tasks) > 0 {
		w := &o.tasks[0]
		now = append(now, w.pieces...)
		w.pieces = nil
		if !w.done {
			break
		}
		o.tasks = o.tasks[1:]
		o.next++
	}
	return now
}
