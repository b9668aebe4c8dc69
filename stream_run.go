package skein

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// stream is one range over a Stream or a Pipe. Three kinds of goroutine work on
// it: the source's fills batches, workers call f, and the loop's, which is the
// caller's, delivers; while items are cheap it also calls f, and there are no
// workers.
//
// Where solo is set a batch has one item and is a task of a group. Under the
// race detector nothing else happens, so what that way needs is go:norace and
// runs with race detection off, but for other people's code.
type stream[T, R any] struct {
	*plan
	f       func(context.Context, T) (R, error)
	feed    func(*stream[T, R]) // ranges over the source
	job     job                 // of a worker
	group   *Group              // of the source, and the workers
	items   *Group              // of the workers, if each is an item; else group
	solo    bool                // a task for each item
	ordered bool
	inline  bool // the loop may call f
	workers int  // the most items at a time; 0: as many as are taken
	room    int  // how many items may be taken beyond the loop's
	most    int  // the most items in a batch
	done    <-chan struct{}
	stop    atomic.Int64 // the first item that is not started, whoever has taken it; only falls, under mu

	_ gap

	// The source's own.
	filling *batch[T, R] // nil, or full, or sealed: there is none
	filled  int          // items in it
	taken   int
	allowed int // items that it may take before it must ask again

	_ gap

	// The loop's own.
	given   int // items that it is through with
	told    int // as delivered says
	step    int // how far that may lag behind
	calling int // 1 + the index of the item whose f runs on its goroutine, or 0
	watch   stopwatch
	inlined bool         // it counts as running
	handing *batch[T, R] // unordered: the one that it had last
	cause   error        // the last thing to tell
	clean   bool         // everything has been delivered

	_ gap

	delivered atomic.Int64 // items that the loop is through with; lags behind
	needs     atomic.Int64 // what the source, when it waits, must see in delivered
	wants     atomic.Int64 // and what it would like to see; less than delivered: it does not wait
	loop      bell
	source    bell

	mu        sync.Mutex   // guards all below. Held for a few dozen instructions, never while anything blocks or other people's code runs.
	head      *batch[T, R] // in order: the oldest that the loop is not through with
	unclaimed *batch[T, R] // the oldest that nobody has taken
	tail      *batch[T, R] // the youngest; stale where there is none
	ready     *batch[T, R] // unordered: those that have results, linked by after
	lastReady *batch[T, R]
	free      *batch[T, R]
	live      int    // batches that the loop is not through with
	running   int    // workers, and the loop while it calls f
	halted    bool   // no item is started any more
	ended     bool   // the source
	lost      bool   // something has panicked, or nobody wants the results
	up        *stage // of the source, in a Pipe
	sourceErr error
	pace      pace
}

// gap keeps what one goroutine writes for every item away from what another
// does.
type gap [128]byte

// The look-ahead where there is no Backlog: at most ahead items or aheadEach for
// each worker, whichever is more; and of dear ones aheadEach batches for each.
const (
	ahead     = 1024
	aheadEach = 4
	plenty    = math.MaxInt / 4 // a number of items that may be added to others
)

func newStream[T, R any](p *plan, f func(context.Context, T) (R, error), feed func(*stream[T, R])) *stream[T, R] {
	c := p.config
	s := &stream[T, R]{plan: p, f: f, feed: feed, ordered: !c.unordered}
	s.stop.Store(math.MaxInt64)
	s.job.entry = **(**uintptr)(unsafe.Pointer(&f)) // as entryOf does
	procs := runtime.GOMAXPROCS(0)
	if s.workers = procs; raceEnabled {
		s.workers = max(2, procs) // one at a time would race with nothing
	}
	if c.given&kindLimit != 0 {
		s.workers = min(c.limit, plenty/aheadEach)
	}
	s.room = max(ahead, aheadEach*s.workers)
	if c.given&kindBacklog != 0 {
		s.room = min(c.backlog, plenty)
	}
	s.solo = raceEnabled || c.given&(kindObserve|kindRate) != 0 || s.workers == 0 || s.workers > procs
	s.inline = s.ordered && !s.solo && !c.crash
	s.most = 1
	if !s.solo {
		s.most = min(max(1, s.room/(aheadEach*s.workers)), 128)
	}
	s.pace = pace{size: 1, most: s.most, inline: s.inline}
	s.step = 32
	if s.room < 64 {
		s.step = 1
	}
	return s
}

// enter makes the groups.
func (s *stream[T, R]) enter() {
	own := config{backlog: -1, name: s.config.name, policy: keepGoing, crash: s.config.crash,
		given: s.config.given & kindStuckAfter, stuckAfter: s.config.stuckAfter, report: s.config.report}
	s.group = &Group{made: s.pc, scoped: true}
	s.group.init(s.ctx, &own)
	roots.add(s.group)
	s.items = s.group
	if s.solo {
		each := *s.config
		each.given &= groupKinds
		each.policy, each.backlog, each.limit, each.report = keepGoing, -1, s.workers, nil
		s.items = s.group.Group(Option{set: func(c *config) { *c = each }})
		s.items.made = s.pc
	}
	if canEnd(s.ctx) {
		s.done = s.ctx.Done()
	}
}

func (s *stream[T, R]) run(yield func(R, error) bool) {
	var none R
	if s.ctx.Err() != nil {
		yield(none, context.Cause(s.ctx))
		return
	}
	s.enter()
	defer s.leave()
	if down := stageOf(yield); down != nil {
		if !down.attach(s.abort) {
			return
		}
		defer down.attach(nil)
	}
	if !s.group.submit(task{f: s.pull, pc: s.pc, ask: &(&job{entry: s.job.entry}).ask}, false) {
		yield(none, context.Cause(s.ctx))
		return
	}
	for s.more(yield) {
	}
	if s.cause != nil {
		s.halt(0)
		s.group.Cancel(nil) // what still runs shall not wait for the body
		yield(none, s.cause)
	}
}

// leave ends the range, whatever way its body goes.
func (s *stream[T, R]) leave() {
	var mine *PanicError
	if s.calling > 0 {
		if v := recover(); v != nil { // else a Goexit, which goes on
			mine = newPanic(v)
			mine.Name = item(s.calling - 1)
		}
	}
	if !s.clean {
		s.halt(0)
		s.group.Cancel(nil)
	}
	s.group.await(nil, s.pc)
	raceJoin(s.group)
	if p := s.thrown(mine); p != nil {
		panic(p)
	}
}

// thrown returns the panics that came out of the groups behind the first.
func (s *stream[T, R]) thrown(first *PanicError) *PanicError {
	l := s.group.ledger
	if l == nil || l.thrown == nil {
		return first
	}
	if first != nil {
		first.Others = append([]*PanicError{l.thrown}, l.thrown.Others...)
		return first
	}
	p := *l.thrown
	p.Err = nil // errors were told in their places
	return &p
}

// halt lets no item start any more, but for those before stop that have been
// taken, and ends the source at its next one. What runs goes on.
//
//go:norace
func (s *stream[T, R]) halt(stop int) {
	raceOff()
	s.mu.Lock()
	s.halted = true
	s.stop.Store(min(s.stop.Load(), int64(stop)))
	if s.unclaimed != nil {
		s.tail.seal() // so that the source comes to look
		s.unclaimed = nil
	}
	up := s.up
	s.mu.Unlock()
	s.source.ring()
	raceOn()
	if up != nil {
		up.end()
	}
	if s.items != s.group {
		s.items.shut()
	}
}

// abort ends a stream whose results are not wanted any more.
func (s *stream[T, R]) abort() {
	s.fail()
	s.halt(0)
	s.group.Cancel(nil)
}

// shut lets no task of a group start any more, without cancelling those that
// run.
//
//go:norace
func (g *Group) shut() {
	raceOff()
	g.mu.Lock()
	if g.halted || g.closed {
		g.mu.Unlock()
		raceOn()
		return
	}
	g.halted, g.open = true, false
	dropped := g.q.cut()
	l := g.book()
	observed := dropped.n > 0 && g.config.observe != nil
	if observed {
		l.unswept = dropped.n
		g.holds++
	} else {
		l.stats.Skipped += dropped.n
		dropped.clear()
	}
	g.rest()
	g.mu.Unlock()
	raceOn()
	if observed {
		left := dropped
		go g.sweep(&left, context.Canceled)
	}
}
