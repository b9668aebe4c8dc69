package skein

import (
	"context"
	"errors"
	"math"
)

// ErrGoexit is the error of a worker that called [runtime.Goexit], as
// t.FailNow and t.SkipNow of package testing do.
var ErrGoexit = errors.New("skein: worker called runtime.Goexit")

var errUnsettled = errors.New("skein: a context panicked when the group ended")

var errBody = errors.New("skein: the body of Run panicked or called runtime.Goexit")

// ledger is what a group need not have while all goes well.
type ledger struct {
	stats     Stats
	unswept   int   // tasks that are skipped and have not been told to Observe
	succeeded bool  // FirstSuccess is satisfied
	cause     error // of Cancel
	why       error // the group was halted
	refused   bool  // a submission, as the parent context was done
	failures  []failure
	panics    []*PanicError
	alarm     *alarm
	kin       *member // children that have not ended, the youngest first

	// Written once before settled is closed, read only after.
	settled chan struct{}
	result  error
	thrown  *PanicError
}

type failure struct {
	number int64
	err    error
}

// last is the number of a failure that counts as submitted last.
const last = math.MaxInt64

// book returns the ledger. mu is held.
//
//go:norace
func (g *Group) book() *ledger {
	if g.ledger == nil {
		g.ledger = new(ledger)
	}
	return g.ledger
}

// settle is the end of a task that has returned an error, or is looked at even
// so. It returns with mu held.
//
//go:norace
func (r *record) settle(g *Group, err error) {
	outcome := g.judge(err)
	r.tell(g, outcome, err)
	if histories.on.Load() {
		r.remember(g, outcome, err)
	}
	raceEnd(g)
	g.mu.Lock()
	g.enter(r.number, outcome, err)
}

// end is how a task ended that did not return.
type end struct {
	outcome Outcome
	err     error
	panics  []*PanicError
	booked  func() // nil: nobody asks
	asking  *ask   // nil: nobody asks
}

//go:norace
func (e *end) panic(p *PanicError) {
	e.outcome, e.err, e.panics = Panicked, p, append(e.panics, p)
}

// carried is what a function that wraps a task panics with, when it has caught
// the task's panic or Goexit first: it knows more of it, or has somebody to
// tell.
type carried struct {
	panicked *PanicError // without a name that is the worker's
	err      error       // in place of ErrGoexit
	booked   func()      // to be called when the end has been booked
}

// leave is where a panic and a Goexit in a task come out; v is what was
// recovered.
//
//go:norace
func (r *record) leave(g *Group, v any, asking *ask) {
	e := &end{outcome: Goexited, err: ErrGoexit, asking: asking}
	c, _ := v.(*carried)
	switch {
	case c != nil && c.panicked == nil:
		e.err = c.err
	case c != nil:
		e.panic(c.panicked.of(r, g))
	case v != nil && g.config.crash:
		panic(v)
	case v != nil:
		e.panic(newPanic(v).of(r, g))
	}
	if c != nil {
		e.booked = c.booked
	}
	defer r.countOut(g, e) // whatever the observer does
	r.tell(g, e.outcome, e.err)
}

//go:norace
func (r *record) countOut(g *Group, e *end) {
	if v := recover(); v != nil { // the observer's
		if g.config.crash {
			panic(v)
		}
		e.panic(newPanic(v).of(r, g))
	}
	if histories.on.Load() {
		r.remember(g, e.outcome, e.err)
	}
	raceEnd(g)
	g.mu.Lock()
	if len(e.panics) > 1 {
		g.book().panics = append(g.book().panics, e.panics[0])
	}
	g.enter(r.number, e.outcome, e.err)
	if e.booked != nil || e.asking != nil {
		g.mu.Unlock()
		raceOn()
		e.report()
		raceOff()
		g.mu.Lock()
	}
	g.running--
	if g.blocked.first != nil {
		g.admit()
	}
	g.delist(r)
	g.retire()
}

// report tells who asks how the task ended.
func (e *end) report() {
	if e.booked != nil {
		e.booked()
	}
	if e.asking == nil {
		return
	}
	if len(e.panics) == 0 {
		e.asking.fate().broken(nil, e.err)
	} else {
		e.asking.fate().broken(e.panics[0], e.err)
	}
}

// skip ends a task that was taken when the parent context was already done. It
// returns with mu held.
//
//go:norace
func (r *record) skip(g *Group, a *ask, asking **ask) {
	raceOn()
	cause := context.Cause(g.scope.base()) // may panic, where a context is not the standard library's
	*asking = nil
	a.skipped(cause)
	r.tell(g, Skipped, cause)
	raceOff()
	g.mu.Lock()
	g.enter(r.number, Skipped, cause)
}

//go:norace
func (r *record) tell(g *Group, outcome Outcome, err error) {
	if g.tracing.Load() != nil {
		r.endTrace(g)
	}
	if g.config.observe != nil {
		e := r.event(g)
		e.Outcome, e.Err = outcome, err
		g.config.observe(e)
	}
}

// judge tells the outcome of a task from the error it returned. It runs other
// people's code.
func (g *Group) judge(err error) Outcome {
	if err == nil {
		return Succeeded
	}
	cause := g.scope.ended()
	switch {
	case cause == nil:
		return Failed
	case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, cause):
		return Failed
	case errors.Is(cause, context.DeadlineExceeded):
		return TimedOut
	}
	return Cancelled
}

// enter books an end and does what the policy wants. mu is held, and released
// for a moment if the group is halted.
//
//go:norace
func (g *Group) enter(number int64, outcome Outcome, err error) {
	l := g.book()
	halt := false
	switch outcome {
	case Succeeded:
		halt = g.policy() == firstSuccess
		l.succeeded = l.succeeded || halt
		err = context.Canceled
	case Failed, Goexited:
		halt = g.fail(number, err)
	case Panicked:
		p := err.(*PanicError) //errorlint: what is told of a panic is never wrapped
		l.panics = append(l.panics, p)
		g.alert(p.alarm)
		halt = true
	case Skipped:
		halt = true
	}
	if halt && !g.halted {
		g.halt(err)
	}
	l.stats.count(outcome) // not before: till now the worker counts as running
	g.dog.heard()
}

// fail notes an error that is no echo, and says whether it stops the group. mu
// is held.
//
//go:norace
func (g *Group) fail(number int64, err error) bool {
	l := g.book()
	if g.policy() != failFast {
		l.failures = append(l.failures, failure{number, err})
		return false
	}
	if len(l.failures) == 0 {
		l.failures = append(l.failures, failure{number, err})
	}
	return true
}

// halt stops the group: nothing starts any more. mu is held, and released
// while the context is cancelled, as that runs other people's code; who waits
// is held back till then.
//
//go:norace
func (g *Group) halt(cause error) {
	g.halted, g.open = true, false
	dropped := g.q.cut()
	g.refuse()
	g.unpace()
	l := g.book()
	l.why = cause
	observed := dropped.n > 0 && g.config.observe != nil
	if observed {
		l.unswept = dropped.n
		g.holds++
	} else {
		l.stats.Skipped += dropped.n
	}
	g.holds++
	g.mu.Unlock()
	raceOn()
	p, cause := g.cancelScope(cause)
	if observed {
		left := dropped
		go g.sweep(&left, cause)
	} else {
		dropped.skip(cause)
	}
	if p != nil {
		raceEnd(g) // who waits reads it
	} else {
		raceOff()
	}
	g.mu.Lock()
	g.holds--
	if p != nil {
		l.panics = append(l.panics, p)
		g.alert(p.alarm)
	}
}

// cancelScope cancels the context, and returns the cause that it has then.
func (g *Group) cancelScope(cause error) (*PanicError, error) {
	p := g.shielded(func() {
		g.scope.cancel(cause)
		cause = context.Cause(&g.scope)
	})
	return p, cause
}

// shielded calls f, which calls contexts. That one which is not the standard
// library's panics must hold nobody up: it is one more panic of the group's.
func (g *Group) shielded(f func()) (p *PanicError) {
	defer func() {
		if v := recover(); v != nil {
			if g.config.crash {
				panic(v)
			}
			p = newPanic(v)
			p.Name = "the group's context"
			p = p.of(nil, g)
		}
	}()
	f()
	return nil
}

// skipped tells who asks for a task that it never starts. It needs the race
// detector's attention.
//
//go:norace
func (a *ask) skipped(cause error) {
	if a != nil && a.methods != 0 {
		a.fate().skipped(cause)
	}
}

// sweep tells the observer of the tasks that were dropped from the queue.
//
//go:norace
func (g *Group) sweep(dropped *queue, cause error) {
	defer func() {
		if v := recover(); v != nil {
			panic(v) // CrashOnPanic: nobody who waits must get away
		}
		if dropped.n > 0 {
			go g.sweep(dropped, cause) // the observer called Goexit
			return
		}
		g.swept(dropped)
	}()
	for dropped.n > 0 {
		t := dropped.drop()
		t.ask.skipped(cause)
		r := t.record(dropped.taken)
		r.tellSkipped(g, cause)
	}
}

//go:norace
func (g *Group) swept(dropped *queue) {
	dropped.clear()
	raceOff()
	g.mu.Lock()
	g.holds--
	g.rest()
	g.mu.Unlock()
	raceOn()
}

//go:norace
func (r *record) tellSkipped(g *Group, cause error) {
	e := &end{outcome: Goexited, err: ErrGoexit}
	defer r.countSkipped(g, e) // whatever the observer does
	r.tell(g, Skipped, cause)
	e.outcome, e.err = Skipped, cause
}

//go:norace
func (r *record) countSkipped(g *Group, e *end) {
	if v := recover(); v != nil {
		if g.config.crash {
			panic(v)
		}
		e.panic(newPanic(v).of(r, g))
	}
	raceEnd(g)
	g.mu.Lock()
	g.ledger.unswept--
	g.enter(r.number, e.outcome, e.err)
	g.mu.Unlock()
	raceOn()
}
