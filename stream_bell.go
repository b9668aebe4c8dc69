package skein

import "sync/atomic"

// bell wakes one goroutine that waits for something to change: it first says
// that it waits, then looks once more, and only then blocks. Who changes
// something does so first, and rings then. So one of the two sees the other.
type bell struct {
	waiting atomic.Bool
	rung    chan struct{} // holds one; made before waiting is set
}

// prepare says that the caller is about to wait. It must wait or give up then.
//
//go:norace
func (b *bell) prepare() {
	if b.rung == nil {
		b.rung = make(chan struct{}, 1)
	}
	b.waiting.Swap(true)
}

// giveUp ends what prepare began.
//
//go:norace
func (b *bell) giveUp() {
	if !b.waiting.CompareAndSwap(true, false) {
		<-b.rung // somebody is about to ring
	}
}

// ring wakes the one that waits, if any.
//
//go:norace
func (b *bell) ring() {
	if b.waiting.Load() && b.waiting.CompareAndSwap(true, false) {
		b.rung <- struct{}{}
	}
}

// wait blocks until the bell rings, or reports false if done is closed first.
// Race detection is off, but while it looks at done, which is not ours to hide.
//
//go:norace
func (b *bell) wait(done <-chan struct{}) bool {
	if done == nil {
		<-b.rung
		return true
	}
	raceOn()
	select {
	case <-b.rung:
		raceOff()
		return true
	case <-done:
		raceOff()
		b.giveUp()
		return false
	}
}
