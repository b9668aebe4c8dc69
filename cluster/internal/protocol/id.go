// Package protocol is what submitters, workers and waiters of a run decide,
// without the messages that they send: docs/protocol.md has those.
//
// [Fold] is what a waiter makes of the done log, [Held] what a worker makes of
// a batch that it was given.
package protocol

// ID is a task's in its run: its type, who submitted it, and the how manyth of
// that type and submitter it was, from 1.
//
// The type is a part of it because it is what a worker's key is limited to. It
// is never read in a message, which its writer has made, but in the subject, to
// which the server let him write. So a worker for one type has no words for a
// task of another.
type ID struct {
	Type      string
	Submitter int
	N         int
}

// Series is the series that the task is of.
func (id ID) Series() Series { return Series{id.Type, id.Submitter} }

// Series is the tasks of one type that one submitter has submitted. It submits
// in order, so what was accepted of them is 1 to some n.
type Series struct {
	Type      string
	Submitter int
}

// Task is the n-th of the series.
func (s Series) Task(n int) ID { return ID{s.Type, s.Submitter, n} }

// Span is the tasks of a series from First to Last.
type Span struct {
	Series
	First, Last int
}

// Has reports whether the task is one of the span.
func (s Span) Has(id ID) bool {
	return id.Series() == s.Series && s.First <= id.N && id.N <= s.Last
}
