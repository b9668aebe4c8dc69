package chaos

import (
	"fmt"
	"slices"
	"time"
)

// Tally is what became of the tasks of one run, or of several.
type Tally struct {
	Safe   int // tasks of which the submitter was told that they are
	Lost   int // of them, those that have no outcome, or are told as lost
	Twice  int // outcomes of a task that had one, within one reading
	Unlike int // outcomes in which two readings differ
	Bad    int // tasks that have not succeeded, or have somebody else's result

	Again    int // tasks that were executed more than once
	Needless int // of them, those that no fault has touched

	Blows   int           // how often something broke
	Recover time.Duration // the longest from one until what was to be accounted then was
	Dir     string        // where it can be looked at, if it is not as promised
}

// Add makes t the tally of both. Of the times it has the longest.
func (t *Tally) Add(u Tally) {
	t.Safe += u.Safe
	t.Lost += u.Lost
	t.Twice += u.Twice
	t.Unlike += u.Unlike
	t.Bad += u.Bad
	t.Again += u.Again
	t.Needless += u.Needless
	t.Blows += u.Blows
	t.Recover = max(t.Recover, u.Recover)
}

// String is a line for people.
func (t Tally) String() string {
	text := fmt.Sprintf("%d tasks, broken %d times, %d executed again, recovered in %.2f s", t.Safe, t.Blows, t.Again, t.Recover.Seconds())
	if err := t.Wrong(); err != nil {
		text += ": " + err.Error()
	}
	if t.Dir != "" {
		text += "; see " + t.Dir
	}
	return text
}

// Wrong is what may never be, whatever breaks.
func (t Tally) Wrong() error {
	if t.Lost+t.Twice+t.Unlike+t.Bad+t.Needless > 0 || t.Safe == 0 {
		return fmt.Errorf("of %d tasks %d lost, %d accounted twice, %d readings differ, %d did not succeed, %d of %d executed again for no reason",
			t.Safe, t.Lost, t.Twice, t.Unlike, t.Bad, t.Needless, t.Again)
	}
	return nil
}

// count reads what the parts have written.
func count(logs string, blows []blow, size Size) (t Tally, err error) {
	lives, err := readLives(logs)
	if err != nil {
		return t, err
	}
	t.Blows = len(blows)
	readings, err := readAll(logs)
	if err != nil {
		return t, err
	}
	for i := range readings {
		readings[i].leaveOutInvented(lives)
	}
	last := readings[len(readings)-1]
	if !last.whole { // it has not come so far: the longest is what there is
		last = slices.MaxFunc(readings, func(a, b reading) int { return len(a.outcomes) - len(b.outcomes) })
	}
	for _, r := range readings {
		t.Twice += repeated(r.outcomes)
		t.Unlike += differ(r.outcomes, last.outcomes, r.whole)
		for _, o := range r.outcomes {
			if l := lives[o.number]; l != nil && (l.accounted.IsZero() || o.at.Before(l.accounted)) {
				l.accounted = o.at
			}
		}
	}
	t.judge(lives, last.outcomes)
	if !last.whole {
		err = fmt.Errorf("no reading came to its end: %d tasks have no outcome yet", t.Lost)
		t.Lost = 0
	}
	for _, l := range lives {
		if len(l.starts) > 1 {
			t.Again++
			if !l.touched(blows, size) {
				t.Needless++
			}
		}
	}
	t.Recover = recovery(lives, blows)
	return t, err
}

// judge compares what was submitted with what is accounted in the end.
func (t *Tally) judge(lives map[int64]*life, outcomes []outcome) {
	type id struct{ submitter, n int64 }
	ended := map[id]outcome{}
	for _, o := range outcomes {
		ended[id{o.submitter, o.n}] = o
	}
	for number, l := range lives {
		if l.safe.IsZero() {
			continue
		}
		t.Safe++
		switch o, ok := ended[id{l.submitter, l.n}]; {
		case !ok || o.how == "lost":
			t.Lost++
		case o.how != "succeeded" || o.number != number || len(l.starts) == 0:
			t.Bad++
		}
	}
}

// repeated is how many outcomes are of a task that had one.
func repeated(all []outcome) int {
	type id struct{ submitter, n int64 }
	seen := map[id]bool{}
	for _, o := range all {
		seen[id{o.submitter, o.n}] = true
	}
	return len(all) - len(seen)
}

// differ is in how many places two readings are not the same. One that did not
// come to its end is the beginning of the other.
func differ(a, b []outcome, whole bool) (n int) {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		x.at, y.at = time.Time{}, time.Time{}
		if x != y {
			n++
		}
	}
	if whole || len(a) > len(b) {
		n += max(len(a), len(b)) - min(len(a), len(b))
	}
	return n
}

// touched reports whether a fault may be why the task was executed again: it was
// in flight then, or a worker that was struck began it before its lease was over.
func (l *life) touched(blows []blow, size Size) bool {
	for _, b := range blows {
		if b.harmless || !l.accounted.IsZero() && l.accounted.Before(b.from) {
			continue
		}
		until := b.to // a server is gone for a while, a worker's tasks are taken from it
		if b.pid != 0 {
			until = b.from
		}
		if !l.submitted.After(until) {
			return true
		}
		for _, e := range l.starts {
			if e.pid == b.pid && e.at.Before(b.to.Add(size.Lease)) {
				return true
			}
		}
	}
	return false
}

// recovery is the longest time from the last fault before a task was accounted,
// or from its submission if that came later, until it was.
func recovery(lives map[int64]*life, blows []blow) (longest time.Duration) {
	for _, l := range lives {
		from := l.submitted
		for _, b := range blows {
			if b.since.After(from) && b.since.Before(l.accounted) {
				from = b.since
			}
		}
		longest = max(longest, l.accounted.Sub(from))
	}
	return longest
}
