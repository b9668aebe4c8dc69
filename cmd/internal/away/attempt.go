package away

import (
	"math/rand/v2"
	"slices"
	"time"

	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/task"
)

// wait is an attempt that is to begin later.
type wait struct {
	f       *flight
	at      time.Time
	outcome task.Outcome // of the attempt before
}

// retry reports whether another attempt follows. What could not be started is not
// tried again.
func (r *run) retry(f *flight, ev task.Event, started bool) bool {
	if !started || r.reason != nil || ev.Attempt >= r.o.Attempts || !policy.Failure(ev.Outcome) || r.o.RetryOn != nil && !r.o.RetryOn(ev) {
		return false
	}
	ev.Kind = task.Retried
	r.send(ev)
	if r.yield == nil {
		return false
	}
	most := r.o.Backoff
	for range ev.Attempt - 1 {
		most = min(2*most, max(longestWait, r.o.Backoff))
	}
	f.waits = true
	w := wait{f, time.Now().Add(time.Duration(rand.Int64N(int64(most) + 1))), ev.Outcome}
	i, _ := slices.BinarySearchFunc(r.waiting, w, func(a, b wait) int { return a.at.Compare(b.at) })
	r.waiting = slices.Insert(r.waiting, i, w)
	return true
}

// again begins the attempts that are due.
func (r *run) again() {
	for len(r.waiting) > 0 && !time.Now().Before(r.waiting[0].at) {
		f := r.waiting[0].f
		r.unwait(f)
		r.attempt(f)
		r.submit(f)
	}
}

// unwait takes a task out of those that wait for their next attempt.
func (r *run) unwait(f *flight) {
	f.waits = false
	r.waiting = slices.DeleteFunc(r.waiting, func(w wait) bool { return w.f == f })
}

// attempt begins the next attempt.
func (r *run) attempt(f *flight) {
	f.ev.Attempt++
	f.ev.Time, f.ev.Started = time.Time{}, time.Now()
	f.sent = false
	r.send(f.ev)
}
