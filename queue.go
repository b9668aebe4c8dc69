package skein

import (
	"context"
	"sync"
	"unsafe"
)

// task is what waits in a queue.
type task struct {
	f   func(context.Context) error
	pc  uintptr // where it was submitted
	ask *ask    // nil: there is no more to know
}

// ask is the part of a Future that its task knows: the method table of the fate
// that begins with it, or nil where it is a job that does. It is one word, not
// the fate itself, for a Future should be small: a value in it points here anyway.
//
// A method table is never freed, so the garbage collector need not know of it.
type ask struct{ methods uintptr }

// word is how a value of an interface type with methods is laid out.
type word struct {
	methods uintptr
	value   unsafe.Pointer
}

// of makes a the first word of f.
func (a *ask) of(f fate) { a.methods = (*word)(unsafe.Pointer(&f)).methods }

// fate returns what begins with a. There must be one.
//
//go:norace
func (a *ask) fate() fate {
	w := word{a.methods, unsafe.Pointer(a)}
	return *(*fate)(unsafe.Pointer(&w))
}

// job is what is known beyond its function of a task whose fate nobody asks for.
type job struct {
	ask   ask // first
	name  string
	entry uintptr // of the function to show, where f only wraps it; 0: f's
}

// job returns the job of which a is a part, or nil.
//
//go:norace
func (a *ask) job() *job {
	if a == nil || a.methods != 0 {
		return nil
	}
	return (*job)(unsafe.Pointer(a))
}

// fate is what becomes of a task, where somebody asks. One of its methods is
// called, once, with no lock held and the race detector attentive; but both run
// and broken if run does not return.
type fate interface {
	// run is the task. f has the type that the asker gave it, whatever task.f's
	// says: all functions are one pointer.
	run(ctx context.Context, f func(context.Context) error) error

	// broken tells that it panicked, was stopped by an observer, or called
	// Goexit, before the worker is counted out. Then p is nil and err ErrGoexit.
	broken(p *PanicError, err error)

	skipped(cause error) // it never starts
}

// record returns what a goroutine that runs the task will be known by.
//
//go:norace
func (t *task) record(number int64) record {
	r := record{number: number, pc: t.pc, entry: entryOf(t.f)}
	if j := t.ask.job(); j != nil {
		r.assume(j)
	}
	return r
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
func (q *queue) peek(all []sighting, n int) []sighting {
	s, i := q.head, q.first
	for number := q.taken + 1; n > 0; n-- {
		if int(i) == len(s.tasks) {
			s, i = s.next, 0
		}
		t := &s.tasks[i]
		r := t.record(number)
		all = append(all, r.sighting())
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

// skip ends the tasks of a queue that was cut.
//
//go:norace
func (q *queue) skip(cause error) {
	for q.n > 0 {
		q.drop().ask.skipped(cause)
	}
	q.clear()
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
