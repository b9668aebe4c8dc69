package skein

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Worker describes a worker that runs.
type Worker struct {
	Group  string `json:"group,omitempty"` // the name of its group
	Number int64  `json:"number"`          // in its group, from 1, in the order of submission
	Name   string `json:"name,omitempty"`  // as given to GoNamed
	Func   string `json:"func"`            // the function it runs
	File   string `json:"file"`            // where it was started
	Line   int    `json:"line"`

	// Age is how long it has run, in nanoseconds; at least that, if AtLeast is
	// set: then the clock was not read when it started, and Age counts from the
	// first [Snapshot] that listed it. 0 if it is not known.
	Age     time.Duration `json:"age,omitempty"`
	AtLeast bool          `json:"atLeast,omitempty"`

	// With [Stacks], where they could be told:
	Goroutine int64  `json:"goroutine,omitempty"` // its number in goroutine dumps
	State     string `json:"state,omitempty"`     // as in goroutine dumps: running, chan send, IO wait ...
	At        string `json:"at,omitempty"`        // where it is: the innermost function that is neither the standard library's nor of this package, its file and line
	Stack     string `json:"stack,omitempty"`     // the innermost call first, as in a panic's
}

// String gives the worker in a line: its number, its name or function, for how
// long it has run, where it was started, and where it is.
func (w Worker) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "worker %d", w.Number)
	switch {
	case w.Name != "":
		fmt.Fprintf(&b, " %q", cut(w.Name))
	case w.Func != "":
		fmt.Fprintf(&b, " (%s)", path.Base(w.Func))
	}
	if w.Group != "" {
		fmt.Fprintf(&b, " of %q", w.Group)
	}
	if w.Age > 0 {
		fmt.Fprintf(&b, " for %s", w.age())
	}
	if w.File != "" {
		fmt.Fprintf(&b, ", started at %s:%d", filepath.Base(w.File), w.Line)
	}
	if w.State != "" {
		fmt.Fprintf(&b, ", now [%s]", w.State)
	}
	if w.At != "" {
		fmt.Fprintf(&b, " at %s", path.Base(w.At))
	}
	return b.String()
}

// StillRunning is the error of a [Group.WaitContext] that gave up. It wraps the
// cause of the context that made it give up.
type StillRunning struct {
	Group   string   // the group's name
	Workers []Worker // those that run or are just about to, the eldest first, child groups after their parent
	Queued  int      // tasks that wait for one of these to end, in the queue or in a Go that Backlog blocks
	Err     error    // the cause
}

// shown is how many workers an error message names.
const shown = 10

// Error names the first ten of the workers.
func (e *StillRunning) Error() string {
	var b strings.Builder
	b.WriteString("skein: ")
	if e.Group != "" {
		fmt.Fprintf(&b, "group %q: ", e.Group)
	}
	fmt.Fprintf(&b, "%d still running, %d queued: %v", len(e.Workers), e.Queued, e.Err)
	for i, w := range e.Workers {
		if i == shown {
			fmt.Fprintf(&b, "; and %d more", len(e.Workers)-shown)
			break
		}
		b.WriteString("; " + w.String())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *StillRunning) Unwrap() error { return e.Err }

// stillRunning returns nil if nothing is left.
//
//go:norace
func (g *Group) stillRunning(ctx context.Context) *StillRunning {
	e := &StillRunning{Err: context.Cause(ctx)}
	if g.config != nil {
		e.Group = g.config.name
	}
	if !g.census(e, make(sights)) {
		return nil
	}
	return e
}

// census adds the workers of the group and of its children, and reports false
// if there is nothing of the group's.
//
//go:norace
func (g *Group) census(e *StillRunning, seen sights) bool {
	raceSeen(g)
	raceOff()
	g.mu.Lock()
	busy := !g.quiet()
	running := g.roll()
	e.Queued += g.running + g.queued() - len(running) + g.entering + g.blocked.len()
	g.mu.Unlock()
	kin := g.kin()
	raceOn()
	for _, r := range running {
		e.Workers = append(e.Workers, seen.worker(g.config, r, time.Now()))
	}
	for _, child := range kin {
		child.census(e, seen)
	}
	return busy
}

// roll copies the records, the eldest first, and adds the tasks that have room
// to run and only wait for their goroutine: nothing holds them up. mu is held.
//
//go:norace
func (g *Group) roll() []sighting {
	all := make([]sighting, 0, g.running)
	for r := g.oldest; r != nil; r = r.prev {
		all = append(all, r.sighting())
	}
	room := g.q.n
	if g.limit > 0 {
		room = min(room, max(0, g.limit-g.running))
	}
	if g.pacer != nil {
		room = min(room, g.searching) // the others wait for a token
	}
	return g.q.peek(all, room)
}

// age is how long it has run, in a form that can be read.
func (w *Worker) age() string {
	d := w.Age
	switch {
	case d >= time.Minute:
		d = d.Round(time.Second)
	case d >= time.Second:
		d = d.Round(100 * time.Millisecond)
	case d >= time.Millisecond:
		d = d.Round(time.Millisecond)
	}
	if w.AtLeast {
		return "at least " + d.String()
	}
	return d.String()
}

// title is the worker's name, or what stands for it.
//
//go:norace
func (r *record) title() string {
	if r.name != "" {
		return r.name
	}
	return "worker " + strconv.FormatInt(r.number, 10)
}
