package protocol_test

import (
	"reflect"
	"testing"
	"time"

	. "example.com/skein/cluster/internal/protocol"
)

var (
	limits = Limits{Attempts: 3, Crashes: 4}
	three  = Span{of(1), 1, 3}
)

func task(n, attempt, deliveries int) Task {
	return Task{ID: id(1, n), Attempt: attempt, Deliveries: deliveries}
}

func batch(tasks ...Task) Batch { return Batch{Of: three, Tasks: tasks, Again: true} }

func TestWhatBecomesOfABatch(t *testing.T) {
	for _, row := range []struct {
		name       string
		batch      Batch
		deliveries int
		known      []Record
		run        []Task
		next       []Batch
		records    []Record
	}{
		{
			name:  "a new one is run",
			batch: batch(task(1, 1, 0), task(2, 1, 0)), deliveries: 1,
			run: []Task{task(1, 1, 0), task(2, 1, 0)},
		},
		{
			name:  "what has ended is not run again, nor an attempt that has",
			batch: batch(task(1, 1, 0), task(2, 1, 0), task(3, 1, 0)), deliveries: 1,
			known: []Record{{id(1, 1), 1, Succeeded}, {id(1, 2), 1, Retried}},
			run:   []Task{task(2, 2, 0), task(3, 1, 0)},
		},
		{
			name:  "one that comes again is taken apart",
			batch: batch(task(1, 1, 0), task(2, 1, 0), task(3, 1, 0)), deliveries: 2,
			known: []Record{{id(1, 2), 1, Failed}},
			next:  []Batch{batch(task(1, 1, 1)), batch(task(3, 1, 1))},
		},
		{
			name:  "a task that comes again for the first time is run",
			batch: batch(task(1, 1, 0)), deliveries: 2,
			run: []Task{task(1, 1, 1)},
		},
		{
			name:  "then it is given to those who take one suspect at a time",
			batch: batch(task(1, 1, 1)), deliveries: 2,
			next: []Batch{batch(task(1, 1, 2))},
		},
		{
			name:  "however often somebody vanished who was about to do so",
			batch: batch(task(1, 1, 1), task(2, 1, 0)), deliveries: 7,
			next: []Batch{batch(task(1, 1, 2)), batch(task(2, 1, 1))},
		},
		{
			name:  "one that is alone, too",
			batch: batch(task(1, 1, 0)), deliveries: 7,
			next: []Batch{batch(task(1, 1, 2))},
		},
		{
			name:  "who run it",
			batch: batch(task(1, 1, 2)), deliveries: 3,
			run: []Task{task(1, 1, 4)},
		},
		{
			name:  "until the limit",
			batch: batch(task(1, 1, 2)), deliveries: 4,
			records: []Record{{id(1, 1), 1, Crashed}},
		},
		{
			name:  "one that was submitted again has ended before",
			batch: batch(task(1, 1, 0)), deliveries: 2,
			known: []Record{{id(1, 1), 0, Resubmitted}},
		},
		{
			name:  "one that has ended needs nothing more",
			batch: batch(task(1, 1, 2)), deliveries: 9,
			known: []Record{{id(1, 1), 1, Cancelled}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := Hold(row.batch, row.deliveries, row.known, limits)
			if !reflect.DeepEqual(h.Run, row.run) || !reflect.DeepEqual(h.Next, row.next) || !reflect.DeepEqual(h.Records, row.records) {
				t.Errorf("run %v, next %v, records %v", h.Run, h.Next, h.Records)
			}
		})
	}
}

func TestAnAttemptThatFailedIsFollowedByAnother(t *testing.T) {
	h := Hold(batch(task(1, 2, 1), task(2, 3, 0), task(3, 1, 0)), 1, nil, limits)
	h.End(h.Run[0], Failed, true)
	h.End(h.Run[1], Failed, true)
	h.End(h.Run[2], Panicked, false)
	want := []Record{{id(1, 1), 2, Retried}, {id(1, 2), 3, Failed}, {id(1, 3), 1, Panicked}}
	if !reflect.DeepEqual(h.Records, want) || !reflect.DeepEqual(h.Next, []Batch{batch(task(1, 3, 0))}) {
		t.Errorf("records %v, next %v", h.Records, h.Next)
	}
}

func TestATaskMayHaveAttemptsOfItsOwnAndWaitsForThem(t *testing.T) {
	own := Task{ID: id(1, 1), Attempt: 3, Attempts: 4}
	h := Hold(batch(own), 1, nil, Limits{Attempts: 1, Crashes: 4, Wait: func(attempt int) time.Duration {
		return time.Duration(attempt) * time.Second
	}})
	h.End(h.Run[0], Failed, true)
	next := own
	next.Attempt = 4
	want := batch(next)
	want.After = 3 * time.Second
	if !reflect.DeepEqual(h.Next, []Batch{want}) {
		t.Errorf("%v", h.Next)
	}
	h.End(next, Failed, true)
	if len(h.Next) != 1 || h.Records[1].Outcome != Failed {
		t.Errorf("%v, %v", h.Next, h.Records)
	}
}

func TestWhatIsHandedOnComesApart(t *testing.T) {
	h := Hold(batch(task(1, 1, 0), task(2, 1, 0), task(3, 1, 0)), 1, nil, limits)
	h.HandOn(h.Run)
	if want := []Batch{batch(task(1, 1, 0), task(2, 1, 0)), batch(task(3, 1, 0))}; !reflect.DeepEqual(h.Next, want) {
		t.Errorf("%v", h.Next)
	}
}

func TestOnlyWhatOthersMayHaveHadIsLookedUp(t *testing.T) {
	if MustLookUp(Batch{}, 1) || !MustLookUp(Batch{}, 2) || !MustLookUp(Batch{Again: true}, 1) {
		t.Error("a new batch has no records, any other may have")
	}
}
