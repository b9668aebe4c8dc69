package skein

import (
	"time"
	"unsafe"
)

// sighting is a record as somebody saw it: a copy that outlives the lock.
type sighting struct {
	number    int64
	pc, entry uintptr
	name      string
	since     time.Time // zero: nobody looked when it started
	exact     bool      // since is its start, not when it was first seen
	record    uintptr   // its address, by which a goroutine dump knows it; never followed
}

//go:norace
func (r *record) sighting() sighting {
	s := sighting{number: r.number, pc: r.pc, entry: r.entry, name: r.name, record: uintptr(unsafe.Pointer(r))}
	if r.watch != nil {
		s.since, s.exact = r.watch.since, r.watch.exact
	}
	return s
}

// eldest finds the workers with the lowest numbers: as many as all has room
// for. None of them is younger than now afterwards. mu is held, with a hundred
// thousand workers for a millisecond or two.
//
//go:norace
func (g *Group) eldest(all *[listed]*record, now time.Time) int {
	n := 0
	for r := g.oldest; r != nil; r = r.prev {
		switch {
		case n < listed:
			all[n] = r
			if n++; n == listed {
				for i := listed/2 - 1; i >= 0; i-- {
					sink(all, i)
				}
			}
		case r.number < all[0].number:
			all[0] = r
			sink(all, 0)
		}
	}
	for _, r := range all[:n] {
		if r.watch == nil {
			r.watch = &watch{since: now}
		}
	}
	return n
}

// sink restores the heap, whose root is the highest number, below i.
//
//go:norace
func sink(all *[listed]*record, i int) {
	for {
		child := 2*i + 1
		if child >= listed {
			return
		}
		if child+1 < listed && all[child+1].number > all[child].number {
			child++
		}
		if all[i].number >= all[child].number {
			return
		}
		all[i], all[child] = all[child], all[i]
		i = child
	}
}

// sights remembers what program counters stand for: many workers share them.
type sights map[[2]uintptr]Worker

// worker reads the program counters of a sighting of now.
func (seen sights) worker(group *config, s sighting, now time.Time) Worker {
	w, ok := seen[[2]uintptr{s.pc, s.entry}]
	if !ok {
		start := place(s.pc).frame()
		w = Worker{Func: place(s.entry + 1).frame().Function, File: start.File, Line: start.Line}
		seen[[2]uintptr{s.pc, s.entry}] = w
	}
	w.Number, w.Name = s.number, s.name
	if group != nil {
		w.Group = group.name
	}
	if !s.since.IsZero() {
		w.Age, w.AtLeast = max(0, now.Sub(s.since)), !s.exact
	}
	return w
}
