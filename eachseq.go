package skein

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"time"
	"unsafe"
)

// EachSeq calls f with every item of seq, which may be endless: nothing is kept
// of an item when its call has ended. It is a scope.
//
// seq runs on the calling goroutine. So do the items while they are cheap: less
// than a fifth of a microsecond on the average. The first two that are dear run
// there too; from then on, and from the first item on with [Limit](n) above 1,
// [Name], [StuckAfter], [CrashOnPanic], [Observe] or [Rate], and where
// SKEIN_STUCK is set, each item is a worker of its own, with number index+1, and
// seq runs ahead of them.
//
//   - At most n items run at the same time under Limit(n); by default
//     [runtime.GOMAXPROCS](0).
//   - With [Backlog](n) up to n items more are taken from seq and wait; by
//     default as many as may run. With Backlog(0) an item is taken only when a
//     worker is free, but for the one that seq offers meanwhile.
//   - With Limit(0) every item runs that is taken, at most Backlog(n) of them, or
//     1024.
//
// Errors, panics and Goexits of f, and ctx, are what they are for [Map]: after
// the first error no item starts and none is taken, and EachSeq returns a
// [*ItemError]; with [KeepGoing] it returns all errors, joined in the order of
// the items. They are kept until then: where an endless source can fail again
// and again, f must keep them to itself.
//
// When no more items are wanted seq's yield returns false. EachSeq returns when
// seq has: a seq that can block for ever must see the end by itself. A panic and
// a [runtime.Goexit] in seq go on through EachSeq, as through a range statement,
// when all items that run have ended; no other starts once it has left seq.
//
// A nil ctx, seq or f panics. An item costs about ten nanoseconds beside seq and
// f (BenchmarkEachSeq).
//
// In the terminology of the Go memory model, what seq does before it yields an
// item "synchronizes before" the call of f, whose return "synchronizes before"
// EachSeq's.
//
//go:noinline
func EachSeq[T any](ctx context.Context, seq iter.Seq[T], f func(ctx context.Context, item T) error, opts ...Option) error {
	checkContext(ctx)
	if seq == nil {
		panic("skein: nil sequence")
	}
	if f == nil {
		panic("skein: nil function")
	}
	c := configure("EachSeq", seqKinds, opts)
	e := &feed[T]{f: f}
	e.pc, e.job.entry = callerPC(), **(**uintptr)(unsafe.Pointer(&f)) // as entryOf does
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e.open(ctx, c)
	e.staff()
	e.pull(seq)
	return e.result()
}

// feed is a call of EachSeq.
type feed[T any] struct {
	call
	f     func(context.Context, T) error
	n     int  // items taken from the source
	tasks bool // each item becomes one from now on
	over  bool // no item is wanted any more
	worth worth
}

// allAtOnce is how many items EachSeq takes with Limit(0).
const allAtOnce = 1024

// staff decides who runs items, and how many of them.
func (e *feed[T]) staff() {
	g := &e.group
	own := *g.config
	workers, limited := e.limit(), own.given&kindLimit != 0
	switch bounded := own.given&kindBacklog != 0; {
	case workers == 0 && bounded:
		workers, own.backlog = max(1, own.backlog), 0
	case workers == 0:
		workers, own.backlog = allAtOnce, 0
	case !bounded:
		own.backlog = workers
	}
	g.config, g.open, g.plain, g.limit = &own, false, false, workers
	if e.eachIsATask() || e.onlyTasks() || limited && workers > 1 {
		e.hire()
	}
	e.worth.never = workers == 1 || runtime.GOMAXPROCS(0) == 1
}

// hire makes each item a task from now on. Those that have run count too.
func (e *feed[T]) hire() {
	e.tasks = true
	e.group.q.taken = int64(e.n)
	roots.add(&e.group)
}

// pull runs the source.
func (e *feed[T]) pull(seq iter.Seq[T]) {
	returned := false
	defer func() {
		e.over = true // whatever somebody still does with yield
		if !returned {
			e.group.Cancel(errors.New("skein: the sequence given to EachSeq panicked or called runtime.Goexit"))
			_ = e.result() // nobody gets it: that goes on, or a worker's panic
		}
	}()
	seq(e.accept)
	returned = true
}

// accept takes an item from the source, and reports whether another is wanted.
func (e *feed[T]) accept(item T) bool {
	if e.over || e.cancelled() {
		e.over = true
		return false
	}
	i := e.n
	e.n++
	goOn := false
	switch {
	case e.tasks:
		goOn = e.delegate(i, item)
	case e.worth.looks():
		began := time.Now()
		goOn = e.run(i, item)
		if e.worth.took(time.Since(began)) {
			e.hire()
		}
	default:
		goOn = e.run(i, item)
	}
	e.over = !goOn
	return goOn
}

func (e *feed[T]) delegate(i int, item T) bool {
	return e.give(func(ctx context.Context) error { return e.task(ctx, i, item) })
}

// run runs an item on the caller's goroutine, and reports whether another may
// run.
func (e *feed[T]) run(i int, item T) (goOn bool) {
	returned := false
	defer func() {
		if !returned {
			e.over = true          // the source may yield in what it has deferred
			e.broken(i, recover()) // it is to see no panic, but that no item is wanted
		}
	}()
	err := e.f(&e.group.scope, item)
	returned = true
	return err == nil || e.failed(i, err)
}

func (e *feed[T]) task(ctx context.Context, i int, item T) error {
	returned := false
	defer e.caught(i, &returned)
	err := e.f(ctx, item)
	if returned = true; err != nil {
		return &ItemError{i, err}
	}
	return nil
}
