package skein

import (
	"context"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Group is a set of workers waited for together. [Run] is the usual way to
// have one: a scope, which cannot be left before every worker has ended. Where
// the group must outlive the function that makes it, [New] makes one, and Wait
// must be called.
//
// A worker runs a task: a function that is given the group's context. However
// it ends, by return, error, panic or [runtime.Goexit], it is counted out
// once, and Wait tells: nil only if everything that was submitted has run and
// succeeded, or [FirstSuccess] is satisfied.
//
// By default a group fails fast: the first error cancels its context, no task
// starts after that, and Wait returns that error. [KeepGoing] and
// [FirstSuccess] are other policies. Once the context is done, for whatever
// reason, an error that is context.Canceled, context.DeadlineExceeded or the
// context's cause only echoes it, and is left out.
//
// A panic cancels the group and is carried to Wait, which panics with a
// [*PanicError]. If nobody waits, the program crashes with it: after ten
// seconds, or when the group and its context are dropped. (Run always waits. A
// program that ends before that, without Wait, ends as if nothing were.)
//
// The zero Group is New(context.Background()). A Group must not be copied
// after first use. Its methods may be called by several goroutines at the same
// time, tasks included, but a task that waits for its own group waits for
// ever.
type Group struct {
	_ noCopy

	scope  scope
	config *config // nil: plain
	labels *labels // what tasks start with; nil: none
	member *member // of a child group: its place in its parent; else nil
	carry  func()  // g.carrier, bound once: go g.carrier() would allocate each time

	// What the options came to, where every task looks.
	watch     bool // the parent context can be done: ask it before every task
	attentive bool // a success must be looked at too: FirstSuccess, Observe, StuckAfter
	dedicated bool // a goroutine per task
	plain     bool // no Backlog, no Rate, and not dedicated: tasks pass by what is there for these
	scoped    bool // made by Run, which is sure to take a panic

	mu sync.Mutex // guards all below. Held for a few dozen instructions, never while anything blocks, never while other people's code runs; a child's before its parent's.

	open   bool // a submission may go straight to the queue: see prepare and admitted
	closed bool // a Wait has found nothing left, once and for all
	halted bool // nothing starts any more: a failure, a success, a panic or Cancel

	// The account. A task is blocked in Go (with Backlog), then queued in q,
	// then running, and then it has ended; each change is made under mu.
	// Wherever mu is free:
	//
	//	running + searching <= limit, unless it is 0 or was lowered
	//	q.n > 0 => searching > 0, or running + searching >= limit
	//
	// The second is the baton: a goroutine on its way to the queue is a
	// searcher, and who takes a task while more are queued first makes sure
	// that there is one. So a task starts even if all others block, yet a
	// thousand short ones are run by two or three goroutines. Four places
	// must restore it: Go, taking a task, every end of one, SetLimit.
	limit     int
	running   int
	searching int
	children  int // child groups with something running or queued
	holds     int // what else Wait must not overtake: blocked Go calls, a cancellation under way, a sweep
	waiting   int // Waits that block
	q         queue
	blocked   line          // Go calls that Backlog blocks, in order of arrival
	pacer     *pacer        // nil: no Rate
	idle      chan struct{} // closed when nothing is left; made by the first Wait that blocks

	workers  *record // those that run, the last that came first
	oldest   *record // the end of that list
	spare    *record
	entering int     // those that have been let in and have not queued their task yet
	ledger   *ledger // nil while all goes well

	// What tasks do not look at. It stands here, for all above is in as few cache
	// lines as it can be: processors that take tasks by turns fetch each from one
	// another.
	id      uint64                  // in snapshots; 0: nobody has asked
	anchor  *anchor                 // by which Process finds it; nil: a child, or not used yet, or ended
	made    uintptr                 // where; 0: a zero group
	dog     *watchdog               // nil: nobody asks for stuck workers
	tracing atomic.Pointer[tracing] // nil: Go's execution tracer has not been seen running
}

// New makes a group whose context is ctx's child. Wait must be called, also to
// release that context. The labels of ctx (see [runtime/pprof.WithLabels]) are
// those of every task.
//
//go:noinline
func New(ctx context.Context, opts ...Option) *Group {
	checkContext(ctx)
	g := &Group{made: callerPC()}
	g.init(ctx, configure("New", groupKinds, opts))
	roots.add(g)
	return g
}

func (g *Group) init(ctx context.Context, c *config) {
	g.scope.parent = ctx
	g.config = c
	g.labels = labelsOf(ctx)
	g.carry = g.carrier
	g.watch = canEnd(ctx)
	g.attentive = c.policy == firstSuccess || c.observe != nil
	g.dedicated = c.dedicated || raceEnabled
	g.limit = c.limit
	if c.given&kindRate != 0 {
		g.pacer = &pacer{bucket: c.rate}
	}
	g.open = c.backlog < 0
	g.plain = g.open && g.pacer == nil && !g.dedicated
	g.guard()
}

// canEnd says whether ctx can ever be done, without making the standard
// context of a scope.
func canEnd(ctx context.Context) bool {
	if _, ok := ctx.(*scope); ok {
		return true
	}
	return ctx.Done() != nil
}

// prepare makes a zero group ready. mu is held.
//
//go:norace
func (g *Group) prepare() {
	if g.carry == nil {
		g.config = &plain
		g.labels = &noLabels
		g.carry = g.carrier
		g.dedicated = raceEnabled
		g.plain = !raceEnabled
		g.open = true
		g.guard()
		roots.add(g)
	}
}

// Go gives f to the group and returns at once; beyond the limit f waits in the
// queue. So a loop that opens a file before each Go has all of them open sooner
// or later: [Backlog](0) makes Go block as errgroup's does, and Backlog(n)
// while n tasks are queued. A task may submit to its own group. Go is a
// submission.
//
// Go reports false, without ever calling f, once the group is cancelled; Wait
// then says why. It panics after Wait has returned.
//
// f should return soon after its context is done. If f is blocked, it costs
// what a blocked goroutine costs (BenchmarkBlocked); while it is queued, 24 bytes
// (BenchmarkQueued). Go allocates nothing. A task that does nothing takes about
// a seventh of the time of a go statement (BenchmarkSpawn).
//
// In the terminology of the Go memory model, a call to Go "synchronizes
// before" f is called, and the return of f "synchronizes before" the return of
// any Wait that it unblocks.
//
//go:noinline
//go:norace
func (g *Group) Go(f func(ctx context.Context) error) bool {
	return g.submit(task{f: f, pc: callerPC()}, false)
}

// GoNamed is [Group.Go] for a task with a name, which stands in [PanicError],
// [StillRunning] and events, and is a pprof label ("worker") of the goroutine
// while it runs f, and of the context that f is given. The label makes it
// dearer than Go. GoNamed is a submission.
//
//go:noinline
//go:norace
func (g *Group) GoNamed(name string, f func(ctx context.Context) error) bool {
	return g.submit(task{f, callerPC(), &(&job{name: name}).ask}, false)
}

// TryGo gives f to the group only if it can run now. It never blocks and never
// queues. If it reports false f is never called: either there is no room, which
// leaves no trace in Wait, or the group is cancelled. It panics after Wait has
// returned. TryGo is a submission.
//
//go:noinline
//go:norace
func (g *Group) TryGo(f func(ctx context.Context) error) bool {
	return g.submit(task{f: f, pc: callerPC()}, true)
}

//go:norace
func (g *Group) submit(s task, try bool) bool {
	if s.f == nil {
		panic("skein: nil function")
	}
	cancelled := g.watch && g.scope.parentErr() != nil
	raceOff()
	g.mu.Lock()
	if (!g.open || cancelled || try) && !g.admitted(cancelled, try) {
		return false
	}
	t := g.q.push()
	t.f, t.pc, t.ask = s.f, s.pc, s.ask
	raceSubmitted(unsafe.Pointer(t))
	spawn := g.search() && (g.plain || g.granted())
	g.sound()
	g.mu.Unlock()
	if spawn {
		go g.carry()
	}
	raceOn()
	return true
}

// admitted looks into a submission that is not plain. It is entered with mu
// held. If it reports true mu is still held and the caller must queue its task;
// else mu is free.
//
//go:norace
func (g *Group) admitted(cancelled, try bool) bool {
	g.checkOpen()
	g.prepare()
	if cancelled && !g.halted {
		g.book().refused = true
	}
	if cancelled || g.halted || try && !(g.room(0) && g.prompt()) {
		g.mu.Unlock()
		raceOn()
		return false
	}
	if !try && g.config.backlog >= 0 && !g.room(g.config.backlog) && !g.block() {
		return false
	}
	if g.member != nil && !g.member.enter() {
		g.mu.Unlock()
		raceOn()
		panic(hasEnded)
	}
	return true
}

const hasEnded = "skein: the group has ended: Go, TryGo or Group called after Wait has returned"

// checkOpen panics if the group has ended. mu is held, and released then.
//
//go:norace
func (g *Group) checkOpen() {
	if g.closed {
		g.mu.Unlock()
		raceOn()
		panic(hasEnded)
	}
}

// SetLimit changes the limit. If more workers run than n, none is stopped, and
// none starts until fewer run. 0 removes the limit and releases the queue; a
// negative n panics. After Wait has returned it does nothing.
//
//go:norace
func (g *Group) SetLimit(n int) {
	checkLimit(n)
	raceOff()
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		raceOn()
		return
	}
	g.prepare()
	g.limit = n
	if g.blocked.first != nil {
		g.admit()
	}
	spawn := g.search() && g.granted()
	g.unpromise()
	g.sound()
	g.mu.Unlock()
	if spawn {
		go g.carry()
	}
	raceOn()
}

// Cancel stops the group: no task starts any more, the context is done, and
// Wait returns cause, unless a worker has failed. A nil cause means
// [context.Canceled]. If the group was cancelled before the first cause stays.
// After Wait has returned Cancel does nothing. It does not wait.
//
// A task has started when a goroutine has taken it from the queue: its function
// may be called a moment later.
//
//go:norace
func (g *Group) Cancel(cause error) {
	if cause == nil {
		cause = context.Canceled
	}
	if g.scope.parentErr() != nil {
		cause = context.Cause(g.scope.base()) // it was first
	}
	raceOff()
	g.mu.Lock()
	if !g.closed && !g.halted {
		g.prepare()
		g.book().cause = cause
		g.halt(cause)
		g.rest()
	}
	g.mu.Unlock()
	raceOn()
}

// Context returns the context that tasks are given. It is done when the group
// is cancelled, and at the latest when Wait returns.
//
//go:norace
func (g *Group) Context() context.Context { return &g.scope }

// Len returns the number of tasks that run or are queued, and of child groups
// that have any: a snapshot that may be old when it is returned. Len is a view.
//
//go:norace
func (g *Group) Len() int {
	raceOff()
	g.mu.Lock()
	n := g.running + g.queued() + g.children
	g.mu.Unlock()
	raceOn()
	return n
}

// Stats counts the group's workers: a snapshot. Stats is a view.
//
//go:norace
func (g *Group) Stats() Stats {
	raceOff()
	g.mu.Lock()
	s := g.stats()
	g.mu.Unlock()
	raceOn()
	return s
}

//go:norace
func (g *Group) stats() Stats {
	var s Stats
	if g.ledger != nil {
		s = g.ledger.stats
	}
	s.Running, s.Queued = g.running, g.queued()
	s.Succeeded = int(g.q.taken) + g.q.n - s.Running - s.Queued - s.unsuccessful()
	return s
}

// queued counts the tasks that have not started, those too that are skipped and
// have not been told to Observe. mu is held.
//
//go:norace
func (g *Group) queued() int {
	if g.ledger == nil {
		return g.q.n
	}
	return g.q.n + g.ledger.unswept
}
