package skein

import (
	"context"
	"slices"
	"sync/atomic"
)

// result is what becomes of an item.
type result[R any] struct {
	value R
	err   error
}

// batch is a few neighbouring items, which one goroutine works on, one after
// the other. The source fills it; whoever has nothing to do seals it and takes
// it, filled or not. So what is in it never waits for the source's next step.
//
//	source    writes items[n], then fill n -> n+1 by CAS; sealed: a new batch
//	taker     fill n -> sealed|n, under mu; the items are then his
//	worker    makes results, writes results[i], then done = i+1
//	loop      reads results[:done]
//
// Where it is the loop that takes a batch there are no results: they go straight
// to its body. So what travels from one processor to another is the items.
//
// A batch has an item from its beginning.
type batch[T, R any] struct {
	stream  *stream[T, R]
	next    *batch[T, R] // guarded by mu
	first   int          // index of the first item
	items   []T          // as many as may be filled in
	results []result[R]  // of all items, if there are any
	passed  error        // of the source, in place of the first item
	one     [1]T         // the items of a batch of one
	total   int          // items, once it is sealed; guarded by mu
	claimed bool         // somebody has taken it; guarded by mu
	aside   bool         // a helper of the loop has; guarded by mu
	given   int          // items that the loop has had; the loop's

	after  *batch[T, R] // the next that is ready; guarded by mu
	listed bool         // it is in that list

	fill atomic.Uint32 // items put in; sealed
	done atomic.Uint32 // items whose result is there

	// watched says that the loop must hear of the next result: in order, that
	// it waits for it; else, that the batch is not in the list of those which
	// have some.
	watched atomic.Bool

	task func(context.Context) error // perform, bound once
}

const sealed = 1 << 31

// add puts an item into place n, and reports false if the batch is sealed.
func (b *batch[T, R]) add(n int, item T) bool {
	if n == len(b.items) {
		return false
	}
	b.items[n] = item
	if !b.fill.CompareAndSwap(uint32(n), uint32(n+1)) {
		clear(b.items[n : n+1]) // no taker looks beyond what he has sealed
		return false
	}
	return true
}

// seal ends the filling. mu is held.
//
//go:norace
func (b *batch[T, R]) seal() {
	for {
		n := b.fill.Load()
		if n&sealed != 0 || b.fill.CompareAndSwap(n, n|sealed) {
			b.total = int(n &^ sealed)
			return
		}
	}
}

// begin makes a batch whose first item is there. It is for the source only,
// which may still look at the one that it filled before. mu is held.
//
//go:norace
func (s *stream[T, R]) begin(size int, item T, err error) *batch[T, R] {
	b := s.free
	if b == nil {
		b = &batch[T, R]{stream: s}
	} else {
		s.free = b.next
		b.next = nil
	}
	switch {
	case cap(b.items) >= size:
		b.items = b.items[:size]
	case size == 1:
		b.items = b.one[:]
	default:
		b.items = make([]T, size)
	}
	b.first = s.taken
	b.items[0], b.passed = item, err
	b.total, b.given, b.claimed, b.aside = 0, 0, false, false
	b.done.Store(0)
	b.fill.Store(1)
	b.watched.Store(!s.ordered)
	s.live++
	return b
}

// makeRoom makes room for the results.
//
//go:norace
func (b *batch[T, R]) makeRoom() {
	if cap(b.results) < b.total {
		b.results = make([]result[R], b.total, len(b.items))
	}
	b.results = b.results[:b.total]
}

// drop takes back a batch that the loop is through with. mu is held.
//
//go:norace
func (s *stream[T, R]) drop(b *batch[T, R]) {
	clear(b.items[:b.total])
	clear(b.results)
	b.results = b.results[:0]
	b.passed = nil
	b.watched.Store(false)
	s.live--
	b.next = s.free
	s.free = b
}

// link puts a batch behind the others, to be taken. mu is held.
//
//go:norace
func (s *stream[T, R]) link(b *batch[T, R]) {
	if s.unclaimed != nil || s.head != nil {
		s.tail.next = b
	}
	if s.ordered && s.head == nil {
		s.head = b
		b.watched.Store(true) // the loop may be waiting for it
	}
	s.tail = b
	if s.unclaimed == nil {
		s.unclaimed = b
	}
}

// claim takes the first batch that nobody has taken, or returns nil. Should it
// have more than most items, it leaves the rest. mu is held.
func (s *stream[T, R]) claim(most int) *batch[T, R] {
	b := s.unclaimed
	if b == nil {
		return nil
	}
	b.seal()
	b.claimed = true
	if b.total > most {
		s.split(b, most)
	} else {
		s.unclaimed = b.next
	}
	for s.unclaimed != nil && s.unclaimed.claimed { // the loop had given one back
		s.unclaimed = s.unclaimed.next
	}
	return b
}

// split makes a batch of the items of another that was taken, but for the first
// n, and lets others take it. mu is held.
func (s *stream[T, R]) split(b *batch[T, R], n int) {
	rest := &batch[T, R]{stream: s, first: b.first + n, total: b.total - n, items: slices.Clone(b.items[n:b.total])}
	rest.fill.Store(uint32(rest.total) | sealed)
	rest.watched.Store(!s.ordered)
	s.live++
	clear(b.items[n:b.total])
	b.total = n
	rest.next, b.next = b.next, rest
	if s.tail == b {
		s.tail = rest
	}
	s.unclaimed = rest
}
