package skein

import (
	"sync/atomic"
	"unsafe"
)

// gate is closed until it is opened, once and for all. It needs no channel
// until somebody waits at it.
//
// What the race detector is told is that the opening comes before each passing.
// The word itself is hidden from it: it would order one who waits before
// another.
type gate struct {
	// state is nil, then
	//
	//	a barrier, made by the first who waits; who opens the gate closes its
	//	channel. It stays, so that done returns the same channel each time;
	//	or &opened, if nobody has waited. That may become a barrier whose
	//	channel is closed already.
	state atomic.Pointer[barrier]
}

type barrier struct{ down chan struct{} }

// opened marks a gate that was opened before anybody waited.
var opened barrier

//go:norace
func (g *gate) open() {
	raceOpen(unsafe.Pointer(g))
	raceOff()
	first := g.state.CompareAndSwap(nil, &opened)
	raceOn()
	if !first {
		close(g.barrier().down)
	}
}

// barrier returns what to wait at.
//
//go:norace
func (g *gate) barrier() *barrier {
	raceOff()
	defer raceOn()
	for {
		old := g.state.Load()
		if old != nil && old != &opened {
			return old
		}
		b := &barrier{make(chan struct{})}
		if old == &opened {
			raceOn()
			racePassed(unsafe.Pointer(g)) // for all who will find it closed
			close(b.down)
			raceOff()
		}
		if g.state.CompareAndSwap(old, b) {
			return b
		}
	}
}

//go:norace
func (g *gate) done() <-chan struct{} { return g.barrier().down }

// pass blocks until the gate is open, or giveUp is closed and the gate is not
// open; then it reports false. giveUp may be nil.
//
//go:norace
func (g *gate) pass(giveUp <-chan struct{}) bool {
	if !g.isOpen() && !g.stand(giveUp) {
		return false
	}
	racePassed(unsafe.Pointer(g))
	return true
}

//go:norace
func (g *gate) isOpen() bool {
	raceOff()
	open := g.state.Load() == &opened
	raceOn()
	return open
}

//go:norace
func (g *gate) stand(giveUp <-chan struct{}) bool {
	raceOff()
	b := g.state.Load()
	for b == nil {
		g.state.CompareAndSwap(nil, &barrier{make(chan struct{})})
		b = g.state.Load()
	}
	raceOn()
	if b == &opened {
		return true // just now: a barrier of ours would order who waits there after us
	}
	down := b.down
	if giveUp == nil { // a select would cost three times as much
		<-down
		return true
	}
	select {
	case <-down:
		return true
	case <-giveUp:
		return isClosed(down) // both: an open gate is the better news
	}
}
