package skein

import (
	"sync/atomic"
	"unsafe"
)

// gate is closed until it is opened, once and for all, with an error or without.
// It needs no channel until somebody waits at it.
//
// What the race detector is told is that the opening comes before each passing.
// The word itself is hidden from it: it would order one who waits before
// another.
type gate struct {
	// state is nil, then
	//
	//	a barrier with a channel, made by the first who waits; who opens the
	//	gate closes it. It stays, so that done returns the same channel each
	//	time;
	//	or, if nobody has waited when the gate is opened, a barrier without
	//	one: &opened, unless there is an error. That may become a barrier whose
	//	channel is closed already.
	state atomic.Pointer[barrier]
}

type barrier struct {
	down chan struct{} // nil: the gate is open
	err  error         // written before the gate is open, read only after
}

// opened marks a gate that was opened without an error before anybody waited.
var opened barrier

//go:norace
func (g *gate) open(err error) {
	raceOpen(unsafe.Pointer(g))
	raceOff()
	if err == nil && g.openAlone() || err != nil && g.state.CompareAndSwap(nil, &barrier{err: err}) {
		raceOn()
		return
	}
	b := g.state.Load()
	raceOn()
	b.err = err
	close(b.down)
}

// openAlone makes &opened the state, if nobody has waited. Neither that nor nil
// is anything that the garbage collector must hear of, and a CompareAndSwap of
// pointers would cost a call.
//
//go:norace
func (g *gate) openAlone() bool {
	state := (*atomic.Uintptr)(unsafe.Pointer(&g.state))
	return state.CompareAndSwap(0, uintptr(unsafe.Pointer(&opened)))
}

// err returns what the gate was opened with. It is for those who have passed.
//
//go:norace
func (g *gate) err() error {
	raceOff()
	b := g.state.Load()
	raceOn()
	return b.err
}

// done returns a channel that is closed when the gate is opened.
//
//go:norace
func (g *gate) done() <-chan struct{} {
	raceOff()
	defer raceOn()
	for {
		old := g.state.Load()
		if old != nil && old.down != nil {
			return old.down
		}
		b := &barrier{down: make(chan struct{})}
		if old != nil {
			b.err = old.err
			raceOn()
			racePassed(unsafe.Pointer(g)) // for all who will find it closed
			close(b.down)
			raceOff()
		}
		if g.state.CompareAndSwap(old, b) {
			return b.down
		}
	}
}

// pass reports whether the gate is open.
//
//go:norace
func (g *gate) pass() bool {
	raceOff()
	b := g.state.Load()
	raceOn()
	if b == nil || b.down != nil && !isClosed(b.down) {
		return false
	}
	racePassed(unsafe.Pointer(g))
	return true
}

// wait blocks until the gate is open, or giveUp is closed and the gate is not
// open; then it reports false. giveUp may be nil.
//
//go:norace
func (g *gate) wait(giveUp <-chan struct{}) bool {
	if !g.stand(giveUp) {
		return false
	}
	racePassed(unsafe.Pointer(g))
	return true
}

//go:norace
func (g *gate) stand(giveUp <-chan struct{}) bool {
	raceOff()
	b := g.state.Load()
	for b == nil {
		g.state.CompareAndSwap(nil, &barrier{down: make(chan struct{})})
		b = g.state.Load()
	}
	raceOn()
	down := b.down
	switch {
	case down == nil:
		return true // just now: a barrier of ours would order who waits there after us
	case giveUp == nil: // a select would cost three times as much
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
