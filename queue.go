package skein

import (
	"context"
	"sync"
	"unsafe"
)

// task is what waits in a queue.
type task struct {
	f    func(context.Context) error
	pc   uintptr // where it was submitted
	name *string // nil: none
}

// queue holds the tasks that wait, first in, first out: a list of pooled
// segments, so that a burst leaves no garbage and costs 24 bytes a task. Its
// group's lock guards it.
type queue struct {
	head, tail *segment
	first, end int32 // the first task in head, the place behind the last in tail
	n          int   // tasks
	taken      int64 // tasks that have left the queue; so the number of the last
}

// A queue begins with a small segment, as most groups never have many tasks
// waiting, and goes on with large ones: a page each, so that who pushes seldom
// needs a new one while holding the group's lock.
const (
	smallSegment = 21
	largeSegment = 170
)

type segment struct {
	next  *segment
	tasks []task
}

var (
	smallSegments = sync.Pool{New: func() any { return &segment{tasks: make([]task, smallSegment)} }}
	largeSegments = sync.Pool{New: func() any { return &segment{tasks: make([]task, largeSegment)} }}
)

//go:norace
func (s *segment) put() {
	if len(s.tasks) == smallSegment {
		smallSegments.Put(s)
	} else {
		largeSegments.Put(s)
	}
}

// push returns the place of one more task, to be filled in. A task passed by
// value would be copied twice, with write barriers.
//
//go:norace
func (q *queue) push() *task {
	if q.tail == nil || int(q.end) == len(q.tail.tasks) {
		q.grow()
	}
	t := &q.tail.tasks[q.end]
	q.end++
	q.n++
	return t
}

//go:norace
func (q *queue) grow() {
	if q.tail == nil {
		q.head, q.first = smallSegments.Get().(*segment), 0
		q.tail = q.head
	} else {
		q.tail.next = largeSegments.Get().(*segment)
		q.tail = q.tail.next
	}
	q.end = 0
}

// shift takes the first task of a queue that is not empty, to start it.
//
//go:norace
func (q *queue) shift() task {
	raceTaken(unsafe.Pointer(&q.head.tasks[q.first]))
	return q.drop()
}

// drop takes the first task of a queue that is not empty.
//
//go:norace
func (q *queue) drop() task {
	place := &q.head.tasks[q.first]
	t := *place
	*place = task{}
	q.first++
	q.taken++
	q.n--
	if q.head == q.tail {
		if q.first == q.end {
			q.first, q.end = 0, 0
		}
	} else if int(q.first) == len(q.head.tasks) {
		s := q.head
		q.head, q.first = s.next, 0
		s.next = nil
		s.put()
	}
	return t
}

// peek adds the first n tasks to all, as the records they will have.
//
//go:norace
func (q *queue) peek(all []record, n int) []record {
	s, i := q.head, q.first
	for number := q.taken + 1; n > 0; n-- {
		if int(i) == len(s.tasks) {
			s, i = s.next, 0
		}
		t := &s.tasks[i]
		all = append(all, record{number: number, pc: t.pc, entry: entryOf(t.f), name: t.name})
		number++
		i++
	}
	return all
}

// cut leaves the queue empty and returns what was in it. The numbers of the
// tasks that were cut are not given again.
//
//go:norace
func (q *queue) cut() queue {
	all := *q
	*q = queue{taken: all.taken + int64(all.n)}
	return all
}

// clear empties the queue and gives back its memory.
//
//go:norace
func (q *queue) clear() {
	for q.n > 0 {
		q.drop()
	}
	if q.head != nil {
		q.head.put()
		q.head, q.tail, q.first, q.end = nil, nil, 0, 0
	}
}
