package skein

import (
	"context"
	"runtime"
)

// call is a call of Map, Each or EachSeq. Items run on the caller's goroutine,
// or in tasks of the call's own group, which gives them what every worker has;
// whatever goes wrong is booked there.
type call struct {
	group Group // its context is that of all items
	job   job   // what is known of each task: the function that it runs for
	pc    uintptr
}

// staffed are the options that are about the group's workers, which the caller
// is none of.
const staffed = kindName | kindStuckAfter | kindCrashOnPanic

// apart makes each item a task: under the race detector that is a goroutine of
// its own, and no race shows between items that share one. A test changes it.
var apart = raceEnabled

// open makes the group ready.
func (c *call) open(ctx context.Context, options *config) {
	c.group.made, c.group.scoped = c.pc, true
	c.group.init(ctx, options)
}

// eachIsATask says whether each item must be.
func (c *call) eachIsATask() bool {
	return apart || c.group.config.given&(kindObserve|kindRate) != 0
}

// onlyTasks says whether the caller must not run items.
func (c *call) onlyTasks() bool {
	return c.group.dog != nil || c.group.config.given&staffed != 0
}

// limit is how many items may run at the same time; 0: any number.
func (c *call) limit() int {
	switch given := c.group.config.given&kindLimit != 0; {
	case given:
		return c.group.config.limit
	case raceEnabled:
		return max(2, runtime.GOMAXPROCS(0)) // a limit of 1 that nobody asked for would hide races
	}
	return runtime.GOMAXPROCS(0)
}

// cancelled says whether the caller's context is done.
func (c *call) cancelled() bool {
	return c.group.watch && c.group.scope.parentErr() != nil
}

// give makes a task of an item. It blocks while as many wait as may, and reports
// false if no task may start any more.
func (c *call) give(f func(context.Context) error) bool {
	if d := c.group.dog; d != nil && c.full() {
		d.set(1, c.pc) // the watchdog must see this wait too
		defer d.set(-1, 0)
	}
	return c.group.submit(task{f, c.pc, &c.job.ask}, false)
}

//go:norace
func (c *call) full() bool {
	g := &c.group
	raceOff()
	g.mu.Lock()
	full := g.config.backlog >= 0 && !g.room(g.config.backlog)
	g.mu.Unlock()
	raceOn()
	return full
}

// caught is deferred by a task whose item is i.
func (c *call) caught(i int, returned *bool) {
	if !*returned {
		c.handOn(i, recover())
	}
}

// handOn ends the task in which item i panicked with v, or called Goexit if v
// is nil.
func (c *call) handOn(i int, v any) {
	switch {
	case v == nil:
		panic(&carried{err: &ItemError{i, ErrGoexit}})
	case c.group.config.crash:
		panic(v)
	}
	panic(&carried{panicked: itemPanic(i, v)})
}

// itemPanic is called while the item's stack still stands.
func itemPanic(i int, v any) *PanicError {
	p := newPanic(v)
	p.Name = item(i)
	return p
}

// broken stops everything when item i has panicked with v on the caller's
// goroutine, or called Goexit if v is nil.
func (c *call) broken(i int, v any) {
	if v != nil {
		c.bookPanic(itemPanic(i, v))
		return
	}
	c.group.Cancel(&ItemError{i, ErrGoexit})
	_ = c.result() // nobody gets it: the Goexit goes on, or a worker's panic
}

//go:norace
func (c *call) bookPanic(p *PanicError) {
	raceOff()
	c.group.mu.Lock()
	l := c.group.book()
	l.panics = append(l.panics, p)
	c.stop(p)
	c.group.mu.Unlock()
	raceOn()
}

// failed is told that item i has returned an error, and reports whether others
// may still start.
func (c *call) failed(i int, err error) bool {
	return c.group.judge(err) == Failed && c.bookError(i, &ItemError{i, err})
}

//go:norace
func (c *call) bookError(i int, err error) bool {
	raceOff()
	c.group.mu.Lock()
	halt := c.group.fail(int64(i)+1, err)
	if halt {
		c.stop(err)
	}
	c.group.mu.Unlock()
	raceOn()
	return !halt
}

// stop halts the group. mu is held.
//
//go:norace
func (c *call) stop(cause error) {
	if !c.group.halted {
		c.group.halt(cause)
		c.group.rest()
	}
}

// result waits for all that runs, and returns or panics with what came of it.
//
//go:norace
func (c *call) result() error {
	g := &c.group
	if g.anchor == nil && g.ledger == nil && g.scope.parentErr() == nil && g.scope.endUnused() {
		return nil // there were no tasks, and there is nothing to tell
	}
	g.await(nil, c.pc)
	raceJoin(g)
	l := g.ledger
	switch {
	case l == nil:
		return nil
	case l.thrown != nil:
		panic(l.thrown)
	}
	for i, f := range l.failures {
		if e, ok := f.err.(*ItemError); ok { //errorlint: as it was booked, under the number of a task, which may be for many items
			l.failures[i].number = int64(e.Index)
		}
	}
	return l.sum(g.policy())
}
