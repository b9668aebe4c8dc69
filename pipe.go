package skein

import (
	"context"
	"iter"
)

// Pipe is [Stream] for a source whose items can be errors: another stream, so
// that stages compose, or whatever reads and can fail. f is not called for an
// item that is an error. It is passed on in its place, as it is; like an error
// of f it is the last thing that the loop is given, but with [KeepGoing].
//
// A range over it is a scope, as with Stream: it waits for the stages before it
// too. Items that are errors count: in [ItemError] the Index of an item is its
// place in seq.
//
// Leaving the loop over the last of several stages ends them all: those that
// stand directly behind one another at once, one that is reached through an
// iterator of somebody else's when it yields next. A stage costs what a Stream
// does.
//
//go:noinline
func Pipe[T, R any](ctx context.Context, seq iter.Seq2[T, error], f func(ctx context.Context, item T) (R, error), opts ...Option) iter.Seq2[R, error] {
	p := planned("Pipe", ctx, seq == nil, f == nil, callerPC(), opts)
	feed := func(s *stream[T, R]) {
		in := newIntake(s.acceptPair)
		if s.pipe(&in.stage) {
			seq(in.yield())
		}
	}
	return func(yield func(R, error) bool) { newStream(p, f, feed).run(yield) }
}
