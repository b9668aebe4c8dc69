package skein

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// Wait blocks until nothing runs or is queued, and ends the group: its context
// is done from then on, and submitting panics. It returns how it went: Wait is
// a wait.
//
//   - nil, if every task succeeded and nothing was refused or skipped, or
//     [FirstSuccess] is satisfied;
//   - the first error that is no echo of a cancellation, or with [KeepGoing]
//     all of them, joined in the order of submission;
//   - else the cause, if the group was cancelled: by [Group.Cancel], or by a
//     parent context that was done when a task should start or when Wait ended
//     the group.
//
// If a task panicked, Wait panics with a [*PanicError].
//
// Wait may be called again, and by several goroutines: all get the same. A task
// that calls it for its own group, or for one that contains it, waits for ever.
//
//go:noinline
func (g *Group) Wait() error { return g.waitAt(callerPC()) }

// waitAt is Wait at another place.
func (g *Group) waitAt(pc uintptr) error {
	g.await(nil, pc)
	return g.verdict()
}

// WaitContext is [Group.Wait] that gives up when ctx is done. It then returns a
// [*StillRunning], which wraps [context.Cause] of ctx and names the workers
// that have not ended. Giving up changes nothing: the group can still be used,
// and be waited for again. Where the group has ended, or nothing is left, it
// returns what Wait does, even if ctx is done. WaitContext is a wait.
//
//go:noinline
func (g *Group) WaitContext(ctx context.Context) error {
	checkContext(ctx)
	pc := callerPC()
	for {
		if ended, _ := g.await(ctx.Done(), pc); ended {
			return g.verdict()
		}
		if still := g.stillRunning(ctx); still != nil {
			return still
		}
	}
}

// await blocks until the group has ended, ending it if need be, or until
// giveUp is closed. pc is where the Wait is. It reports whether it has ended, and whether nobody but
// this call has taken what it has to tell.
//
//go:norace
func (g *Group) await(giveUp <-chan struct{}, pc uintptr) (ended, mine bool) {
	waits := 0 // 1 once this call is counted in waiting
	for {
		raceOff()
		idle, trouble := g.door(&waits)
		if trouble {
			g.tend()
		}
		if idle != nil && !g.watchedPark(idle, giveUp, pc) {
			raceOn()
			return false, false
		}
		raceOn()
		if idle == nil {
			if ended, mine = g.close(waits); ended {
				return ended, mine
			}
		}
	}
}

// door returns the channel that is closed when nothing is left, and counts the
// caller as waiting; or nil if nothing is left now. Only who gives up is
// counted out again: the others are sure to take the result.
//
//go:norace
func (g *Group) door(waits *int) (idle chan struct{}, trouble bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.quiet() {
		return nil, false
	}
	if g.idle == nil {
		g.idle = make(chan struct{})
	}
	g.waiting += 1 - *waits
	*waits = 1
	return g.idle, g.ledger != nil
}

//go:norace
func (g *Group) watchedPark(idle chan struct{}, giveUp <-chan struct{}, pc uintptr) bool {
	if g.dog == nil {
		return g.park(idle, giveUp)
	}
	raceOn() // the report is other people's code: its timer must be seen to start here
	g.dog.set(1, pc)
	raceOff()
	defer g.dog.set(-1, 0)
	return g.park(idle, giveUp)
}

// park blocks, and reports false if it gave up.
//
//go:norace
func (g *Group) park(idle chan struct{}, giveUp <-chan struct{}) bool {
	if giveUp == nil { // as most do: a select would cost three times as much
		<-idle
		return true
	}
	raceOn() // the caller's context is not ours to hide
	ok := false
	select {
	case <-idle:
		ok = true
	case <-giveUp:
		select {
		case <-idle:
			ok = true // both: the end is the better news
		default:
		}
	}
	raceOff()
	if !ok {
		g.mu.Lock()
		g.waiting--
		g.mu.Unlock()
		g.tend()
	}
	return ok
}

// close ends the group if nothing is left. Of those that are waiting, waits are
// the caller.
//
//go:norace
func (g *Group) close(waits int) (ended, mine bool) {
	cancelled := g.scope.parentErr() != nil
	raceOff()
	defer raceOn()
	g.mu.Lock()
	l := g.ledger
	switch {
	case g.closed:
		g.mu.Unlock()
		if l != nil {
			<-l.settled
		}
		return true, false
	case !g.quiet():
		g.mu.Unlock()
		return false, false
	}
	mine = g.waiting == waits
	g.closed, g.open = true, false
	g.sound()
	if l != nil || cancelled || !g.scope.endUnused() {
		l = g.book()
		l.settled = make(chan struct{})
	}
	g.mu.Unlock()
	if l != nil {
		g.settleUp(l, cancelled)
	}
	g.endTrace()
	roots.remove(g)
	if g.member != nil {
		g.member.forget()
	}
	return true, mine
}

// settleUp draws up the result and lets those see it who wait for it: even if
// a context panics that is not the standard library's.
//
//go:norace
func (g *Group) settleUp(l *ledger, cancelled bool) {
	l.result = errUnsettled
	raceOn()
	defer func() {
		raceOff()
		close(l.settled)
	}()
	g.conclude(l, cancelled)
}

// conclude draws up the result. The group is closed, and only its caller and
// the children's ends, which it waits for, still look at the ledger.
//
//go:norace
func (g *Group) conclude(l *ledger, cancelled bool) {
	raceJoin(g)
	g.inherit(l)
	p := g.shielded(func() {
		if (cancelled || l.refused) && l.cause == nil {
			l.cause = context.Canceled // a parent that is not done any more was
			l.cause = cmp.Or(context.Cause(g.scope.base()), l.cause)
		}
		g.scope.cancel(nil)
	})
	if p != nil {
		l.panics = append(l.panics, p)
	}
	l.result = l.sum(g.policy())
	if len(l.panics) > 0 {
		p := *l.panics[0] // tasks may be looking at the one in the context's cause
		p.Others, p.Err = l.panics[1:], l.result
		l.thrown = &p
	}
}

//go:norace
func (l *ledger) sum(p policy) error {
	if l.succeeded {
		return nil
	}
	if len(l.failures) == 0 {
		return l.cause
	}
	if p == failFast || len(l.failures) == 1 {
		return l.failures[0].err // the group's own, which is its context's cause, before its children's
	}
	failures := slices.Clone(l.failures)
	slices.SortStableFunc(failures, func(a, b failure) int { return cmp.Compare(a.number, b.number) })
	errs := make([]error, len(failures))
	for i, f := range failures {
		errs[i] = f.err
	}
	return errors.Join(errs...)
}

// verdict returns or panics with what the group has ended with.
//
//go:norace
func (g *Group) verdict() error {
	raceJoin(g)
	l := g.ledger
	if l == nil {
		return nil
	}
	if l.thrown != nil {
		l.alarm.disarm()
		panic(l.thrown)
	}
	return l.result
}
