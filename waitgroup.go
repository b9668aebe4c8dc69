package skein

import (
	"sync/atomic"
	"unsafe"
)

// WaitGroup counts work in and out, and lets others wait until none is left.
// It is a drop-in for [sync.WaitGroup]: the same methods, the same panics on
// misuse, the same guarantees. To these it adds [WaitGroup.WaitContext], which
// can stop waiting, and [WaitGroup.Len], which tells how much is left.
//
// Where the work can fail, or panic, or should be stopped, use a [Group].
//
// The zero WaitGroup is ready to use, and it may be used again when all Waits
// have returned. It must not be copied after first use. A WaitGroup that has
// been used in a [testing/synctest] bubble belongs to that bubble until its
// counter is zero and nobody waits.
//
// In the terminology of the Go memory model, a call to [WaitGroup.Done]
// "synchronizes before" the return of any Wait call that it unblocks.
type WaitGroup struct {
	_ noCopy

	// state packs what Add and Wait must agree on:
	//
	//	bits[0:32]   waiters: calls that have registered and not left
	//	bits[32:64]  counter
	//
	// Add changes the counter with one atomic addition and learns from the
	// result whether there is more to do. The waiters change only while lock
	// is held: up only while the counter is not zero, down when one gives up,
	// to zero when the round ends.
	//
	// The Add that takes the counter to zero and finds waiters must end the
	// round. It comes late: by the time it has the lock
	//   - the counter may have risen again. Either there were waiters, then
	//     the Add that raised it found them and panicked; or all had given up,
	//     and those that are registered now wait for the new count. There is
	//     nothing to end.
	//   - the counter is zero, perhaps again: whoever is registered may go.
	// So it looks once more and needs no memory of its own.
	state atomic.Uint64

	// lock guards zero, left and the waiters. It is held for a few instructions,
	// never while anything blocks. sync.Mutex would do, but this file must
	// not import what it stands in for.
	lock atomic.Uint32

	// zero is closed when the counter drops to zero. Each round has one of
	// its own, made by its first waiter, so that nobody who waits for one
	// round can be woken by another, and no channel outlives its round.
	zero chan struct{}

	// left says that all who waited have given up since the last round ended.
	// For the race detector the next who waits is not the first: nothing orders
	// it after the one that was.
	left bool
}

// Add adds delta, which may be negative, to the counter. When the counter
// becomes zero, all who wait are released. Add never blocks, and takes no
// longer than sync's (BenchmarkCounter).
//
// A negative counter panics. An Add that raises the counter from zero must
// happen before a Wait; if it runs concurrently with one, it may panic.
//
//go:norace
func (wg *WaitGroup) Add(delta int) {
	raceAdd(unsafe.Pointer(wg), delta)
	state := wg.state.Add(uint64(delta) << 32)
	v := int32(state >> 32)
	if delta > 0 && v == int32(delta) {
		raceFirst(unsafe.Pointer(&wg.zero))
	}
	if v < 0 || uint32(state) != 0 && (v == 0 || v == int32(delta)) {
		wg.crossed(v)
	}
	raceAdded()
}

// Done takes one from the counter.
//
//go:norace
func (wg *WaitGroup) Done() { wg.Add(-1) }

// Len returns the counter: a snapshot that may be old when it is returned. It
// is for people and logs; to decide by it is a race. Len is a view.
//
//go:norace
func (wg *WaitGroup) Len() int {
	raceWait()
	n := int(int32(wg.state.Load() >> 32))
	raceWaiting()
	return n
}

// crossed is the rest of Add where the counter v has left or reached zero while
// there were waiters, or is negative.
//
//go:norace
func (wg *WaitGroup) crossed(v int32) {
	switch {
	case v < 0:
		raceAdded()
		panic("skein: negative WaitGroup counter")
	case v > 0:
		raceAdded()
		panic("skein: WaitGroup misuse: Add called concurrently with Wait")
	default:
		wg.release()
	}
}

// release ends the round, unless it is over or has begun anew: see state.
//
//go:norace
func (wg *WaitGroup) release() {
	wg.acquire()
	var zero chan struct{}
	if state := wg.state.Load(); state>>32 == 0 {
		zero, wg.zero, wg.left = wg.zero, nil, false
		wg.state.Add(-uint64(uint32(state)))
	}
	wg.lock.Store(0)
	if zero != nil {
		close(zero)
	}
}

// register counts the caller in as a waiter and returns the channel of the
// round, or nil when the counter is zero.
//
//go:norace
func (wg *WaitGroup) register() chan struct{} {
	if wg.state.Load()>>32 == 0 {
		return nil
	}
	fresh := make(chan struct{})
	wg.acquire()
	defer wg.lock.Store(0)
	for {
		state := wg.state.Load()
		if state>>32 == 0 {
			return nil
		}
		if !wg.state.CompareAndSwap(state, state+1) {
			continue // an Add came in between
		}
		if uint32(state) == 0 {
			if !wg.left {
				raceFirstWaiter(unsafe.Pointer(&wg.zero))
			}
			wg.zero = fresh
		}
		return wg.zero
	}
}

// leave takes a waiter out who gave up, and reports false where its round had
// ended first.
//
//go:norace
func (wg *WaitGroup) leave(zero chan struct{}) bool {
	wg.acquire()
	defer wg.lock.Store(0)
	if wg.zero != zero {
		return false
	}
	if state := wg.state.Add(^uint64(0)); uint32(state) == 0 {
		wg.zero, wg.left = nil, true
	}
	return true
}

// acquire takes lock. Who does not get it soon lets others run by waiting for
// a goroutine: runtime.Gosched cannot be imported here.
//
//go:norace
func (wg *WaitGroup) acquire() {
	for try := 1; !wg.lock.CompareAndSwap(0, 1); try++ {
		if try%64 == 0 {
			yielded := make(chan struct{})
			go close(yielded)
			<-yielded
		}
	}
}

// Wait blocks until the counter is zero. Wait is a wait.
//
// A WaitGroup that is used again before Wait has returned panics, if it is
// noticed.
//
//go:norace
func (wg *WaitGroup) Wait() {
	raceWait()
	zero := wg.register()
	reused := false
	if zero != nil {
		<-zero
		reused = wg.state.Load() != 0
	}
	raceWaited(unsafe.Pointer(wg))
	if reused {
		panic("skein: WaitGroup is reused before previous Wait has returned")
	}
}

// Go calls f in a goroutine of its own and counts it: Add(1) before, Done when
// f has returned or called [runtime.Goexit]. If the counter is zero, Go must
// happen before a Wait.
//
// f must not panic: a panic crashes the program, without releasing Wait, so
// that nobody takes the work for done. A [Group] carries panics to Wait. Go
// takes as long as sync's (BenchmarkWaitGroupGo).
//
// In the terminology of the Go memory model, the return from f "synchronizes
// before" the return of any Wait call that it unblocks.
func (wg *WaitGroup) Go(f func()) {
	wg.Add(1)
	go func() {
		defer func() {
			// Done in a plain defer would let Wait return, and main with it,
			// before the crash is reported: the program could end with
			// status 0 (golang/go#74702, #76126).
			if x := recover(); x != nil {
				panic(x)
			}
			wg.Done()
		}()
		f()
	}()
}
