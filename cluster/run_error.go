package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Counts is how many tasks have each outcome.
type Counts map[Outcome]int

// Total is how many there are.
func (c Counts) Total() (n int) {
	for _, k := range c {
		n += k
	}
	return n
}

// String is as in "3 failed, 7 succeeded".
func (c Counts) String() string {
	var parts []string
	for _, o := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, fmt.Sprint(c[o], " ", o))
	}
	return strings.Join(parts, ", ")
}

// RunError is how a run ended of which not every task succeeded.
type RunError struct {
	Run    string
	Counts Counts
	First  []Ended // the first that did not succeed, at most 100
	Cause  error   // why it was cancelled; nil: it was not
}

// Error has the counts, and the cause or the first failure.
func (e *RunError) Error() string {
	text := fmt.Sprintf("cluster: run %s: %s", e.Run, e.Counts)
	if cause := e.Unwrap(); cause != nil {
		text += ": " + shorten(cause.Error())
	}
	return text
}

// shorten cuts what is to stand in a line with other things.
func shorten(text string) string {
	const most = 300
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// Unwrap gives why it was cancelled, if it was, or why the first task did not
// succeed.
func (e *RunError) Unwrap() error {
	switch {
	case e.Cause != nil:
		return e.Cause
	case len(e.First) > 0:
		return (&TaskError{e.First[0]}).Unwrap()
	}
	return nil
}
