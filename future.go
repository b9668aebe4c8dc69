package skein

import (
	"cmp"
	"context"
	"unsafe"
)

// Future is the value that a task returns, to be awaited by whoever needs it.
// [Spawn] makes one. Its methods may be called by several goroutines at the
// same time, and any number of times. The zero Future never settles.
type Future[T any] struct {
	ask   ask  // first: what the group knows of it
	gate  gate // opened with f's error, or thrown after a panic
	value T    // written once before gate is opened, read only after
}

// thrown is the error of a Future whose task panicked. No task can return one.
type thrown struct{ *PanicError }

// Spawn gives f to the group as [Group.Go] does, and returns at once with a
// Future of what f returns. To the group f is a task like any other: it waits
// in the queue beyond the limit, its error fails the group, and what it panics
// with is carried to the group's Wait, which must be called even so. Spawn is a
// submission.
//
// A Future always settles. Where f is never called, because the group is
// cancelled or is before the task starts, it settles with the group's cause.
// Spawn panics after the group's Wait has returned. It takes about half as long
// again as Go, most of that for the one allocation (BenchmarkFuture).
//
// In the terminology of the Go memory model, a call to Spawn "synchronizes
// before" f is called.
//
//go:noinline
func Spawn[T any](g *Group, f func(ctx context.Context) (T, error)) *Future[T] {
	if f == nil {
		panic("skein: nil function")
	}
	fut := new(Future[T])
	fut.ask.of(fut)
	if !g.submit(task{*(*func(context.Context) error)(unsafe.Pointer(&f)), callerPC(), &fut.ask}, false) {
		fut.skipped(g.refusal())
	}
	return fut
}

// codeOf is entryOf for the functions of futures.
func codeOf[T any](f func(context.Context) (T, error)) uintptr {
	return **(**uintptr)(unsafe.Pointer(&f))
}

// refusal returns why the group takes no tasks: it, or its parent context, has
// been cancelled, or is just about to be.
//
//go:norace
func (g *Group) refusal() error {
	if cause := g.scope.ended(); cause != nil {
		return cause
	}
	raceOff()
	defer raceOn()
	g.mu.Lock()
	defer g.mu.Unlock()
	return cmp.Or(g.book().why, context.Canceled)
}

// run is the task. The Future does not keep f: that would keep what f holds.
func (fut *Future[T]) run(ctx context.Context, f func(context.Context) error) error {
	value, err := (*(*func(context.Context) (T, error))(unsafe.Pointer(&f)))(ctx)
	fut.value = value
	fut.gate.open(err)
	return err
}

// broken settles with a panic or a Goexit.
func (fut *Future[T]) broken(p *PanicError, err error) {
	if p != nil {
		err = thrown{p}
	}
	fut.skipped(err)
}

// skipped settles without a value. Nothing that the race detector knows of orders
// it after Spawn.
//
//go:norace
func (fut *Future[T]) skipped(cause error) {
	fut.gate.open(cause)
}

// Wait blocks until the Future settles, and returns what f has returned; or
// until ctx is done, and returns [context.Cause] of ctx. To give up changes
// nothing. A settled Future gives its value even if ctx is done. Wait is a
// wait.
//
// If f panicked every Wait panics with the same [*PanicError]: the one that the
// group is cancelled with; the group's Wait throws a copy of it, with Others.
// If f called [runtime.Goexit] the error is [ErrGoexit]. If f was never called
// it is the group's cause. Beside these errors the value is the zero one.
//
// A task that waits for a Future of its own group occupies its place meanwhile:
// under a limit the Future's task may be queued behind it, and neither ever
// ends. Futures that tasks wait for belong in a group of their own, such as a
// child ([Group.Group]).
//
// In the terminology of the Go memory model, the return of f "synchronizes
// before" the return of any Wait that it unblocks, and before the closing of
// Done.
func (fut *Future[T]) Wait(ctx context.Context) (T, error) {
	checkContext(ctx)
	if !fut.gate.pass() && !fut.gate.wait(ctx.Done()) {
		var none T
		return none, context.Cause(ctx)
	}
	err := fut.gate.err()
	if err == nil {
		return fut.value, nil
	}
	if t, ok := err.(thrown); ok { //errorlint: it is this package's, and nobody wraps it
		panic(t.PanicError)
	}
	return fut.value, err
}

// Done returns a channel that is closed when the Future settles: from then on
// Wait does not block. It is the same each time. Done is a view.
func (fut *Future[T]) Done() <-chan struct{} { return fut.gate.done() }
