package skein

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"weak"
)

// roots leads [Process] to the groups that have been used and have not ended,
// but for child groups, which their parents know.
//
// It must not keep them reachable: a group leads to its contexts, and so to
// channels, and Go's goroutine-leak profile would find nothing any more. A weak
// pointer to each group would cost a quarter of a microsecond, as much as ten
// tasks. So a group has an anchor, which only it keeps reachable; the weak
// pointer is the anchor's, and is made once, for anchors are used again.
var roots registry

type registry struct {
	mu      sync.Mutex // after any group's; never held while anything blocks
	anchors []weak.Pointer[anchor]
	cleanAt int // the length at which it is looked through for those that are gone

	ids atomic.Uint64 // given out to groups that somebody has looked at
}

// anchor belongs to a group until it ends, and then to the next. It stays in
// the list.
type anchor struct {
	group atomic.Pointer[Group] // nil while it belongs to none
}

var spareAnchors sync.Pool

// add makes the group known. It is not shared yet, or is locked.
//
//go:norace
func (r *registry) add(g *Group) {
	raceMade(g)
	raceOff()
	a, _ := spareAnchors.Get().(*anchor)
	if a == nil {
		a = new(anchor)
		r.enter(a)
	}
	a.group.Store(g)
	g.anchor = a
	raceOn()
}

//go:norace
func (r *registry) enter(a *anchor) {
	w := weak.Make(a)
	r.mu.Lock()
	if len(r.anchors) >= r.cleanAt {
		r.clean()
	}
	r.anchors = append(r.anchors, w)
	r.mu.Unlock()
}

// clean leaves out the anchors that are gone. (What package slices does the
// race detector sees, from wherever it is called.)
//
//go:norace
func (r *registry) clean() {
	var left []weak.Pointer[anchor]
	for _, w := range r.anchors {
		if w.Value() != nil {
			left = append(left, w)
		}
	}
	r.anchors, r.cleanAt = left, max(64, 2*len(left))
}

// remove forgets an ended group. A child has no anchor.
//
//go:norace
func (r *registry) remove(g *Group) {
	if g.anchor != nil {
		g.anchor.group.Store(nil)
		spareAnchors.Put(g.anchor)
		g.anchor = nil
	}
}

// groups returns those that are known, in the order in which they were first
// seen.
//
//go:norace
func (r *registry) groups() []*Group {
	raceOff()
	defer raceOn()
	r.mu.Lock()
	anchors := r.anchors // added to, never changed
	r.mu.Unlock()
	var all []*Group
	for _, w := range anchors {
		if a := w.Value(); a != nil {
			if g := a.group.Load(); g != nil {
				raceOn()
				raceSeen(g)
				raceOff()
				g.mu.Lock()
				r.identify(g)
				g.mu.Unlock()
				all = append(all, g)
			}
		}
	}
	slices.SortFunc(all, func(a, b *Group) int { return cmp.Compare(a.id, b.id) })
	return all
}

// identify gives a group its number when somebody first looks at it. The
// group's mu is held.
//
//go:norace
func (r *registry) identify(g *Group) uint64 {
	if g.id == 0 {
		g.id = r.ids.Add(1)
	}
	return g.id
}
