// Package protocol is what submitters, workers and waiters of a run decide,
// without the messages that they send: docs/protocol.md has those.
//
// [Fold] is what a waiter makes of the done log, [Held] what a worker makes of
// a batch that it was given.
package protocol

// ID is a task's in its run: who submitted it, and the how manyth it was, from
// 1. A submitter submits in order, so what was accepted of it is 1 to some n.
type ID struct {
	Submitter int
	N         int
}

// Span is the tasks of one submitter from First to Last.
type Span struct {
	Submitter   int
	First, Last int
}

// Has reports whether the task is one of the span.
func (s Span) Has(id ID) bool {
	return id.Submitter == s.Submitter && s.First <= id.N && id.N <= s.Last
}
