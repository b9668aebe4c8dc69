package protocol

import (
	"slices"
	"time"
)

// Task is a task as it travels.
type Task struct {
	ID         ID
	Attempt    int // from 1
	Attempts   int // how many it has in total; 0: as many as its type
	Deliveries int // how often a worker vanished that had this attempt
}

// suspectFrom is how many workers must have vanished with a task until it is a
// suspect. One may be anybody's fault, and a machine that is switched off makes
// thousands of tasks that have seen one vanish.
const suspectFrom = 2

// Batch is tasks that travel together, all of one type.
type Batch struct {
	// Of is the tasks with which these were submitted: whoever looks for their
	// records finds them under it.
	Of    Span
	Tasks []Task
	Again bool          // published by a worker: it may have records
	After time.Duration // it is not to be given to anybody before
}

// Suspect reports whether the batch is a task that may kill its worker. Suspects
// have a queue of their own, and a worker takes one at a time from it: else those
// that ran beside the culprit would be given out with it again and again, and
// told as crashed in the end.
func (b Batch) Suspect() bool { return len(b.Tasks) == 1 && b.Tasks[0].Deliveries >= suspectFrom }

// Limits are what a type allows its tasks.
type Limits struct {
	Attempts int                             // in total
	Crashes  int                             // workers that vanish with an attempt; suspectFrom at least
	Wait     func(attempt int) time.Duration // how long to wait after that attempt; nil: not at all
}

// Held is a batch that a worker was given, until it is acknowledged. It belongs
// to one goroutine.
//
// A worker runs [Held.Run], tells each end to [Held.End], and publishes what
// [Held.Flush] gives, each until that is acknowledged: the note to the done log,
// and then the batches to the task stream. It may do so now and then, and does
// when all has ended; only then it acknowledges the batch. So a task is in the
// task stream, or the done log has its end, whatever dies in between.
type Held struct {
	Run     []Task   // to be run
	Records []Record // for the done log, in order
	Next    []Batch  // for the task stream

	batch  Batch
	limits Limits
	gone   []int
}

// Gone are the tasks that what Flush gave has done with. What has ended since is
// not among them: nothing of it is published yet.
func (h *Held) Gone() []int { return slices.Clone(h.gone) }

// Flush gives what is to be published: the note first.
func (h *Held) Flush() (n Note, next []Batch) {
	n, next = Note{h.Records, h.Gone()}, h.Next
	h.Records, h.Next = nil, nil
	for _, r := range n.Records {
		if r.Outcome.Ends() {
			h.gone = append(h.gone, r.ID.N)
		}
	}
	for _, b := range next {
		for _, t := range b.Tasks {
			h.gone = append(h.gone, t.ID.N)
		}
	}
	return n, next
}

// Hold takes a batch that was delivered for the how manyth time. known is what
// the done log has of its tasks; it need not be looked up if nobody can have
// written it, which [MustLookUp] says.
func Hold(b Batch, deliveries int, known []Record, l Limits) *Held {
	h := &Held{batch: b, limits: l}
	for _, t := range h.left(known) {
		t.Deliveries = h.vanished(t, deliveries)
		switch {
		case t.Deliveries > l.Crashes:
			h.Records = append(h.Records, Record{t.ID, t.Attempt, Crashed})
		case deliveries == 1 || len(b.Tasks) == 1 && (b.Suspect() || t.Deliveries < suspectFrom):
			h.Run = append(h.Run, t)
		default:
			h.next(t) // alone: perhaps it kills its worker
		}
	}
	return h
}

// vanished is how many workers had the task and did not come back. Who only
// takes a batch apart, or hands a suspect to its queue, runs nothing: that it
// vanished beside others is not counted.
func (h *Held) vanished(t Task, deliveries int) int {
	n := t.Deliveries + deliveries - 1
	switch {
	case h.batch.Suspect():
		return n
	case len(h.batch.Tasks) > 1:
		return min(n, t.Deliveries+1)
	}
	return min(n, suspectFrom)
}

// MustLookUp reports whether others may have had the batch, or tasks of it.
func MustLookUp(b Batch, deliveries int) bool { return deliveries > 1 || b.Again }

// left are the tasks that have not ended, each with the attempt that is next.
func (h *Held) left(known []Record) (left []Task) {
	ended, tried := map[ID]bool{}, map[ID]int{}
	for _, r := range known {
		ended[r.ID] = ended[r.ID] || r.Outcome.Ends() || r.Outcome == gone || r.Outcome == Resubmitted
		tried[r.ID] = max(tried[r.ID], r.Attempt)
	}
	for _, t := range h.batch.Tasks {
		if ended[t.ID] {
			continue
		}
		t.Attempt = max(t.Attempt, tried[t.ID]+1)
		left = append(left, t)
	}
	return left
}

// End notes how an attempt ended. Retryable says that another may follow.
func (h *Held) End(t Task, o Outcome, retryable bool) {
	if retryable && t.Attempt < h.attempts(t) {
		h.Records = append(h.Records, Record{t.ID, t.Attempt, Retried})
		t.Attempt++
		t.Deliveries = 0 // its worker is alive
		h.next(t)
		if h.limits.Wait != nil {
			h.Next[len(h.Next)-1].After = h.limits.Wait(t.Attempt - 1)
		}
		return
	}
	h.Records = append(h.Records, Record{t.ID, t.Attempt, o})
}

// attempts is how often the task may be tried.
func (h *Held) attempts(t Task) int {
	if t.Attempts > 0 {
		return t.Attempts
	}
	return h.limits.Attempts
}

// HandOn gives tasks that have not been started to others: as two halves, so
// that they come apart after a few workers who cannot start them either.
func (h *Held) HandOn(tasks []Task) {
	for half := (len(tasks) + 1) / 2; len(tasks) > 0; half = len(tasks) {
		h.Next = append(h.Next, Batch{Of: h.batch.Of, Tasks: tasks[:half], Again: true})
		tasks = tasks[half:]
	}
}

func (h *Held) next(t Task) {
	h.Next = append(h.Next, Batch{Of: h.batch.Of, Tasks: []Task{t}, Again: true})
}
