package skein

import (
	"context"
	"iter"
)

// Stream calls f for each item of seq, several at the same time, and returns
// the results in the order of the items. seq may be endless, and may stall: a
// result is there as soon as f has returned it and the loop has had those
// before it. [Unordered] gives results as they come. [Pipe] takes a stream as
// its source.
//
// A range over the stream is a scope. Nothing runs before it, and each one
// starts anew. At most [Limit] items are worked on at the same time, GOMAXPROCS
// unless it is given; Limit(0) leaves it to the look-ahead. That many may run at
// the same time, but need not: neighbours that take microseconds run one after
// the other on one goroutine, and cheap ones on the caller's. An item that waits
// for another item may wait for ever; a [Group] is made for that.
//
// seq runs on a goroutine of its own. It is asked for at most n items beyond
// the one that the loop's body has, or waits for: [Backlog](n), where 0 means
// that an item is taken only when the loop asks for its result. Without Backlog
// n is 1024, or 4 for each of Limit's, whichever is more; but no more than 4
// for each where items take longer than 20 µs, and in between as many as that
// time has room for.
//
// An error of f comes in its item's place, as an [*ItemError] with the zero R,
// and is the last thing that the loop is given: no item after it is started,
// those before it are not disturbed, and when the loop has it the context of
// those that still run is cancelled. With [KeepGoing] the stream goes on. A
// [runtime.Goexit] in f is [ErrGoexit] in place of an error, unless f ran on the
// caller's goroutine: then it ends that one. In seq it ends the stream with
// ErrGoexit, behind all results.
//
// When ctx is done the stream ends with one pair of the zero R and
// [context.Cause] of ctx: results that are on their way are dropped, and so are
// errors of f that only echo it. A stream that ends without an error was
// complete.
//
// The range statement returns only when f and seq have: after a break, a return
// or a panic in its body, f's context is done, and seq is given false when it
// yields next. A seq that can block for ever must see the end by itself. If f
// panics, everything is cancelled and the range statement panics with a
// [*PanicError] whose Name is "item 17", or "source" if it was seq; results
// before that item may be lost. (With [CrashOnPanic] the program crashes.)
//
// Under the race detector every item has a goroutine of its own, as it has with
// [Observe], Rate, or a Limit above GOMAXPROCS: there Worker is the number of
// the call of f, from 1.
//
// A cheap item costs about fifteen nanoseconds beside seq and f
// (BenchmarkStream).
//
// Stream panics if ctx, seq or f is nil, and the options it honours stand at
// [Option]. The stream may be ranged over by several goroutines at the same
// time, if seq may.
//
// In the terminology of the Go memory model, what seq does before it yields an
// item "synchronizes before" the call of f, whose return "synchronizes before"
// the delivery of its result. Nothing is promised between the loop's body and
// seq: they run at the same time.
//
//go:noinline
func Stream[T, R any](ctx context.Context, seq iter.Seq[T], f func(ctx context.Context, item T) (R, error), opts ...Option) iter.Seq2[R, error] {
	p := planned("Stream", ctx, seq == nil, f == nil, callerPC(), opts)
	feed := func(s *stream[T, R]) { seq(s.accept) }
	return func(yield func(R, error) bool) { newStream(p, f, feed).run(yield) }
}

// Unordered lets a stream give its results as they come.
func Unordered() Option { return Option{kindUnordered, func(c *config) { c.unordered = true }} }

// plan is what the arguments of a stream come to, for all its ranges.
type plan struct {
	ctx    context.Context
	config *config
	pc     uintptr // where Stream was called
}

func planned(function string, ctx context.Context, noSource, noFunction bool, pc uintptr, opts []Option) *plan {
	checkContext(ctx)
	if noSource {
		panic("skein: nil sequence")
	}
	if noFunction {
		panic("skein: nil function")
	}
	c := configure(function, streamKinds, opts)
	return &plan{ctx: ctx, config: c, pc: pc}
}
