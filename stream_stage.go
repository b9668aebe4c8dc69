package skein

import (
	"sync"
	"unsafe"
)

// stage is where a stream that is another one's source hears that nobody wants
// its results any more. Otherwise it would learn it when it yields next: and
// whoever left a loop over the second would wait for the workers of the first,
// which nobody had cancelled.
type stage struct {
	self  *stage // to tell one from anything else
	mu    sync.Mutex
	ended bool
	abort func() // of the stream that feeds it now; nil: none
}

// intake makes the yield function that a Pipe gives its source.
type intake[T any] struct {
	stage
	take func(T, error) bool
}

func newIntake[T any](take func(T, error) bool) *intake[T] {
	in := &intake[T]{take: take}
	in.self = &in.stage
	return in
}

// yield is not inlined: where it is, it gives a copy of the code.
//
//go:noinline
func (in *intake[T]) yield() func(T, error) bool {
	return func(item T, err error) bool { return in.take(item, err) }
}

// stageOf returns the stage that a yield function belongs to, or nil if it is
// not that of a Pipe's own: somebody's iterator may stand in between.
//
// A function value points to its code's address and then to what it has
// captured. So the same code has captured an intake.
func stageOf[T any](yield func(T, error) bool) *stage {
	ours := newIntake[T](nil).yield()
	type closure struct {
		code uintptr
		in   *stage // an intake begins with it
	}
	c := *(**closure)(unsafe.Pointer(&yield))
	if c.code != (*(**closure)(unsafe.Pointer(&ours))).code || c.in == nil || c.in.self != c.in {
		return nil
	}
	return c.in
}

// attach makes a stream the one that feeds the stage, and reports false if
// nothing is wanted any more.
//
//go:norace
func (st *stage) attach(abort func()) bool {
	raceOff()
	defer raceOn()
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.abort = abort; abort != nil {
		raceSubmitted(unsafe.Pointer(st)) // what abort reads
	}
	return !st.ended
}

// end tells the stream that feeds the stage.
//
//go:norace
func (st *stage) end() {
	raceOff()
	st.mu.Lock()
	st.ended = true
	abort := st.abort
	if abort != nil {
		raceTaken(unsafe.Pointer(st))
	}
	st.mu.Unlock()
	raceOn()
	if abort != nil {
		abort()
	}
}
