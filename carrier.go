package skein

import (
	"context"
	"runtime/pprof"
	"runtime/trace"
	"time"

	"example.com/skein/internal/invariant"
)

// many is the number of running workers above which they are taken to be held
// up in their tasks. Those that come will probably be too: then there may be
// several searchers, or the chain of goroutines that start one another keeps
// one processor busy only.
const many = 16

// search claims the right to start a goroutine that goes to the queue. In a
// group with a rate granted must be asked too; it is not asked here, so that
// this is inlined.
//
//go:norace
func (g *Group) search() bool {
	if g.q.n == 0 || g.full() || g.searching > 0 && (g.running < many || g.searching >= g.q.n) {
		return false
	}
	g.searching++
	return true
}

// sound checks what is said at Group.limit. mu is held, and about to be freed.
//
//go:norace
func (g *Group) sound() {
	if invariant.On {
		invariant.Check(g.q.n == 0 || g.searching > 0 || g.full() || g.pacing(), "a queue that is not empty has a searcher, or the group is full or waits for a token")
		invariant.Check(min(g.running, g.searching, g.children, g.holds, g.waiting, g.entering) >= 0, "nothing is counted out twice")
		invariant.Check(!g.halted || g.q.n == 0, "nothing waits in a group that is halted")
		invariant.Check(!g.closed || g.quiet(), "nothing is left in a group that has ended")
	}
}

//go:norace
func (g *Group) full() bool {
	return g.limit > 0 && g.running+g.searching >= g.limit
}

// quiet says whether nothing is left.
//
//go:norace
func (g *Group) quiet() bool {
	return g.running == 0 && g.q.n == 0 && g.children == 0 && g.holds == 0
}

// carrier is the goroutine: it takes tasks until there are none.
//
//go:norace
func (g *Group) carrier() {
	raceOff()
	g.mu.Lock()
	g.searching--
	if g.q.n == 0 || g.full() { // somebody was faster, or the limit was lowered
		g.refund()
		g.unpromise()
		g.mu.Unlock()
		return
	}
	g.enlist().carry(g)
}

// carry is entered with mu held. It is not inlined, so that a goroutine dump
// shows the record's address as its first argument, and maps a stack to its
// worker.
//
//go:noinline
//go:norace
func (r *record) carry(g *Group) {
	done := false   // not in the record, which may be somebody else's by the time we look
	var asking *ask // who asks for the fate of the task at hand, until he has been told; in the record it would hide leaks
	defer func() {
		if !done {
			r.leave(g, recover(), asking)
		}
	}()
	for {
		ctx, f, minded := r.take(g, &asking)
		if f != nil {
			var err error
			if asking == nil {
				err = f(ctx)
			} else {
				err = asking.fate().run(ctx, f)
				asking = nil
			}
			if err != nil || minded || histories.on.Load() {
				r.settle(g, err)
			} else {
				raceEnd(g)
				g.mu.Lock()
			}
		}
		g.running--
		if !(g.plain && g.q.n > 0 && !g.full()) && !g.goesOn() {
			done = true
			g.delist(r)
			g.retire()
			return
		}
	}
}

// goesOn says whether a carrier that has ended a task takes another, where that
// is not plain to see. mu is held.
//
//go:noinline
//go:norace
func (g *Group) goesOn() bool {
	if g.plain {
		return false
	}
	if g.blocked.first != nil {
		g.admit()
	}
	return g.q.n > 0 && !g.dedicated && !g.full() && g.another()
}

// take takes a task and makes it ready. It is entered with mu held. The task's
// function is nil, and mu held, if it was too late to start it. asking is who
// asks for its fate, if somebody does; minded says that its end is to be looked
// at, however it ends. What few tasks need is not inlined here.
//
//go:norace
func (r *record) take(g *Group, asking **ask) (ctx context.Context, f func(context.Context) error, minded bool) {
	t := g.q.shift()
	g.running++
	r.number, r.pc, r.entry = g.q.taken, t.pc, entryOf(t.f)
	if r.name != "" || r.watch != nil {
		r.name, r.watch = "", nil
	}
	if t.ask != nil {
		if t.ask.methods != 0 {
			*asking = t.ask
		} else {
			r.assume(t.ask.job())
		}
	}
	if g.attentive || histories.on.Load() || trace.IsEnabled() {
		minded = true
		r.clock(g)
	}
	serial := raceEnabled && g.limit == 1
	spawn, twice := false, false
	if g.plain {
		spawn = g.search()
		twice = spawn && g.search()
	} else {
		spawn, twice = g.searchers()
	}
	g.sound()
	g.mu.Unlock()
	if spawn {
		g.send(twice)
	}
	if g.watch && r.late(g, t.ask, asking) {
		return nil, nil, false
	}
	raceStart(g, serial)
	if r.name == "" && !minded {
		g.labels.dress()
		return &g.scope, t.f, false
	}
	return r.begin(g), t.f, minded
}

// clock takes the time when a task starts whose end is minded, if anybody asks
// for it. mu is held.
//
//go:noinline
//go:norace
func (r *record) clock(g *Group) {
	if g.dog != nil || !g.attentive || histories.on.Load() || trace.IsEnabled() {
		r.watch = &watch{since: time.Now(), exact: true}
	}
}

// searchers claims the right to start two searchers, as search does, where there
// is Backlog or Rate. mu is held.
//
//go:noinline
//go:norace
func (g *Group) searchers() (one, two bool) {
	if g.blocked.first != nil {
		g.admit()
	}
	one = g.search()
	two = one && g.search()
	if g.pacer != nil {
		one, two = g.grants(one, two)
	}
	return one, two
}

// send starts one searcher, or two.
//
//go:noinline
//go:norace
func (g *Group) send(twice bool) {
	go g.carry()
	if twice {
		go g.carry()
	}
}

// late says whether the parent context was done when the task was taken, and
// skips it then. It returns with mu held then.
//
//go:noinline
//go:norace
func (r *record) late(g *Group, a *ask, asking **ask) bool {
	raceOn()
	err := g.scope.parentErr()
	raceOff()
	if err != nil {
		r.skip(g, a, asking)
	}
	return err != nil
}

// begin is the start of a task that has a name or is watched.
//
//go:norace
func (r *record) begin(g *Group) context.Context {
	var ctx context.Context = &g.scope
	if trace.IsEnabled() {
		ctx = r.trace(g)
	}
	if r.name != "" {
		ctx = named(ctx, r.name)
		pprof.SetGoroutineLabels(ctx)
	} else {
		g.labels.dress()
	}
	if g.config.observe != nil {
		g.config.observe(r.event(g))
	}
	return ctx
}

//go:norace
func (r *record) event(g *Group) Event {
	return Event{Group: g.config.name, Worker: r.number, Name: r.name, Time: time.Now()}
}

// retire is the end of a carrier's way. It is entered with mu held and
// releases it.
//
//go:norace
func (g *Group) retire() {
	spawn := g.search() && g.granted()
	g.rest()
	g.sound()
	g.mu.Unlock()
	if spawn {
		go g.carry()
	}
}

// rest lets those go who wait for the group, if nothing is left. mu is held.
//
//go:norace
func (g *Group) rest() {
	if !g.quiet() {
		return
	}
	g.q.clear()
	if g.spare != nil {
		records.Put(g.spare)
		g.spare = nil
	}
	if g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
	if g.member != nil {
		g.member.leave()
	}
}
