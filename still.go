package skein

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Worker describes a worker that runs.
type Worker struct {
	Group  string // the name of its group
	Number int64  // in its group, from 1, in the order of submission
	Name   string // as given to GoNamed
	Func   string // the function it runs
	File   string // where it was started
	Line   int
}

// String gives the worker in a line: its number, its name or function, and
// where it was started.
func (w Worker) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "worker %d", w.Number)
	switch {
	case w.Name != "":
		fmt.Fprintf(&b, " %q", w.Name)
	case w.Func != "":
		fmt.Fprintf(&b, " (%s)", w.Func)
	}
	if w.Group != "" {
		fmt.Fprintf(&b, " of %q", w.Group)
	}
	if w.File != "" {
		fmt.Fprintf(&b, " started at %s:%d", filepath.Base(w.File), w.Line)
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
	frames := make(map[[2]uintptr]Worker)
	if !g.census(e, frames) {
		return nil
	}
	return e
}

// census adds the workers of the group and of its children, and reports false
// if there is nothing of the group's.
//
//go:norace
func (g *Group) census(e *StillRunning, frames map[[2]uintptr]Worker) bool {
	raceOff()
	g.mu.Lock()
	busy := !g.quiet()
	running := g.roll()
	e.Queued += g.running + g.queued() - len(running) + g.entering + g.blocked.len()
	g.mu.Unlock()
	kin := g.kin()
	raceOn()
	for _, r := range running {
		e.Workers = append(e.Workers, g.describe(r, frames))
	}
	for _, child := range kin {
		child.census(e, frames)
	}
	return busy
}

// roll copies the records, the eldest first, and adds the tasks that have room
// to run and only wait for their goroutine: nothing holds them up. mu is held.
//
//go:norace
func (g *Group) roll() []record {
	all := make([]record, 0, g.running)
	for r := g.workers; r != nil; r = r.next {
		all = append(all, record{number: r.number, pc: r.pc, entry: r.entry, name: r.name})
	}
	slices.Reverse(all)
	room := g.q.n
	if g.limit > 0 {
		room = min(room, max(0, g.limit-g.running))
	}
	return g.q.peek(all, room)
}

// describe reads the program counters of a record. Many workers share them.
//
//go:norace
func (g *Group) describe(r record, seen map[[2]uintptr]Worker) Worker {
	w, ok := seen[[2]uintptr{r.pc, r.entry}]
	if !ok {
		start := place(r.pc).frame()
		w = Worker{Func: place(r.entry + 1).frame().Function, File: start.File, Line: start.Line}
		seen[[2]uintptr{r.pc, r.entry}] = w
	}
	w.Number = r.number
	if r.name != nil {
		w.Name = *r.name
	}
	if g.config != nil {
		w.Group = g.config.name
	}
	return w
}

// title is the worker's name, or what stands for it.
//
//go:norace
func (r *record) title() string {
	if r.name != nil {
		return *r.name
	}
	return "worker " + strconv.FormatInt(r.number, 10)
}
