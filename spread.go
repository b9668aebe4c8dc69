package skein

import (
	"context"
	"sync/atomic"
	"time"
)

// spread gives the items 0 to n-1 to workers: what Map and Each have in common.
// Workers are the caller and helpers, which are tasks and take items in chunks;
// or each item is a task (decision 0006).
type spread struct {
	call
	items items
	n     int64

	workers int          // that may run at the same time, once there are helpers; 0: any number
	most    int64        // helpers, over all
	hired   atomic.Int64 // helpers so far
	single  bool         // each item is taken by itself
	size    int          // of a helper's first chunk
	began   time.Time    // where time is counted from

	next    atomic.Int64  // the first item that nobody has taken; or beyond n
	notices atomic.Uint32 // what workers look at before every item; 0: go on
}

// items is what a spread does not know the types of.
type items interface {
	one(ctx context.Context, i int) error // runs an item
	chunk(w *hand) bool                   // runs those up to w.until; false: nothing starts any more
}

// Notices. Once there, one stays.
const (
	halted = 1 << iota // nothing starts any more
	dry                // a worker has found nothing left to take
)

// run returns when everything that has begun has ended, and says how it went.
func (s *spread) run(ctx context.Context, c *config, items items, n int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.open(ctx, c)
	s.items, s.n = items, int64(n)
	switch {
	case n == 0:
	case s.eachIsATask():
		s.separately()
	case s.onlyTasks():
		s.staff(0)
	default:
		s.together()
	}
	return s.result()
}

// separately makes each item a task.
func (s *spread) separately() {
	s.group.limit = s.limit()
	roots.add(&s.group)
	for i := range int(s.n) {
		if !s.give(func(ctx context.Context) error { return s.task(ctx, i) }) {
			return
		}
	}
}

func (s *spread) task(ctx context.Context, i int) error {
	returned := false
	defer s.caught(i, &returned)
	err := s.items.one(ctx, i)
	if returned = true; err != nil {
		return &ItemError{i, err}
	}
	return nil
}

// together lets the caller work too.
func (s *spread) together() {
	w := &hand{ctx: &s.group.scope} // not a part of the spread: it is written to for every item, and others read that
	returned := false
	defer func() {
		if !returned {
			s.notices.Or(halted)
			s.broken(w.at, recover())
		}
	}()
	if s.begin(w) {
		s.staff(1)
		s.work(w)
		s.group.SetLimit(s.workers) // a helper may take the caller's place
	}
	returned = true
}

// failed is told that item i has returned an error, and reports whether others
// may still start.
func (s *spread) failed(i int, err error) bool {
	if s.group.policy() == failFast {
		s.notices.Or(halted) // before the context is cancelled
	}
	if s.call.failed(i, err) {
		return true
	}
	s.notices.Or(halted)
	return false
}
