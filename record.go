package skein

import (
	"context"
	"runtime/trace"
	"sync"
	"time"
	"unsafe"
)

// record is what is known of a worker while it runs. It belongs to the
// goroutine, which rewrites it for each task it takes under the lock that it
// holds anyway. The ring of a group's records starts at Group.workers.
//
// It has no path to the task's closure, nor to the task's job, which may be
// part of a Future: that would hide what they hold from Go's goroutine-leak
// profile. And it has a time only where somebody asks for it: reading the clock
// twice costs more than all else that is done for a task. It is 64 bytes long,
// which every blocked worker pays.
type record struct {
	next, prev *record
	number     int64   // of the task in its group, from 1
	pc         uintptr // where it was submitted
	entry      uintptr // of its function
	name       string  // as given to GoNamed
	watch      *watch  // nil: nobody has looked yet
}

// watch is what is known of a worker that somebody looks at.
type watch struct {
	since  time.Time     // when it started, or was first seen by a snapshot
	exact  bool          // since is when it started
	region *trace.Region // nil: it is not traced. The worker's own
}

// assume takes over what a job knows.
//
//go:norace
func (r *record) assume(j *job) {
	r.name = j.name
	if j.entry != 0 {
		r.entry = j.entry
	}
}

var records = sync.Pool{New: func() any { return new(record) }}

// entryOf returns the program counter of a function value's code.
//
//go:norace
func entryOf(f func(context.Context) error) uintptr {
	return **(**uintptr)(unsafe.Pointer(&f))
}

// enlist adds a record to the ring.
//
//go:norace
func (g *Group) enlist() *record {
	r := g.spare
	if r != nil {
		g.spare = nil
	} else {
		r = records.Get().(*record)
	}
	if r.next = g.workers; r.next != nil {
		r.next.prev = r
	} else {
		g.oldest = r
	}
	g.workers = r
	return r
}

// delist takes it out again. One is kept at hand while the group is busy, for
// the next goroutine. Once given back, a record is somebody else's.
//
//go:norace
func (g *Group) delist(r *record) {
	if r.next != nil {
		r.next.prev = r.prev
	} else {
		g.oldest = r.prev
	}
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		g.workers = r.next
	}
	*r = record{}
	if g.spare == nil && !g.quiet() {
		g.spare = r
		return
	}
	records.Put(r)
}
