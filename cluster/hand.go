package cluster

import (
	"context"
	"sync"
	"time"
)

// hands counts what a worker has in hand: batches, for each pull, and tasks of
// which the end is not recorded, for all of them. A batch of which nobody knows yet how many
// tasks it has counts as a full one.
//
// A pull asks for more while fewer tasks are in hand than there are slots and than
// ended of its own a moment ago: so some are there when a slot is free, and no
// worker holds what others would begin earlier. A fixed number of batches does
// not do: of tasks that take no time it leaves the worker idle, and of long ones
// it takes those of all. If others of the worker's have all of that a pull may
// have one batch even so, or its tasks would never be begun.
type hands struct {
	slots int

	mu    sync.Mutex
	tasks int
	less  chan struct{} // closed when there is less in hand; nil: nobody waits for it
}

// hand is that of a pull.
type hand struct {
	all   *hands
	fixed int // so many batches, whatever they have; 0: as many as are begun soon

	// The rest is under all.mu.
	batches int
	size    int // tasks of a batch, as to be expected
	pace    pace
}

// grip is on a batch in hand.
type grip struct {
	of    *hand
	tasks int // of it of which the end is not recorded; under of.all.mu
}

// room waits until another batch may be taken, and says how many; 0: ctx is done.
func (h *hand) room(ctx context.Context) int {
	for {
		h.all.mu.Lock()
		n := h.more(time.Now())
		if n > 0 {
			h.all.mu.Unlock()
			return n
		}
		if h.all.less == nil {
			h.all.less = make(chan struct{})
		}
		less := h.all.less
		h.all.mu.Unlock()
		select {
		case <-less:
		case <-ctx.Done():
			return 0
		}
	}
}

// more is how many batches may be taken. all.mu is held.
func (h *hand) more(now time.Time) int {
	if h.fixed > 0 {
		return h.fixed - h.batches
	}
	tasks := h.all.slots + h.pace.lately(now) - h.all.tasks
	return max(min((tasks+h.size-1)/h.size, ahead), 1-h.batches)
}

// take takes a batch.
func (h *hand) take() *grip {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	h.batches++
	h.all.tasks += mostTasks
	return &grip{h, mostTasks}
}

// has says how many tasks it has that are to be run. Those to come are expected
// to have as many, or a few less than the largest lately: a task that travels
// alone among others is no reason to ask for many.
func (g *grip) has(n int) {
	g.of.all.mu.Lock()
	defer g.of.all.mu.Unlock()
	g.of.size = max(n, g.of.size*7/8, 1)
	g.fewer(g.tasks - n)
}

// ended is for n tasks of which the end is recorded.
func (g *grip) ended(n int) {
	g.of.all.mu.Lock()
	defer g.of.all.mu.Unlock()
	g.of.pace.add(time.Now(), n)
	g.fewer(n)
}

// gone is for n tasks that others have now.
func (g *grip) gone(n int) {
	g.of.all.mu.Lock()
	defer g.of.all.mu.Unlock()
	g.fewer(n)
}

// leave lets go of the batch.
func (g *grip) leave() {
	g.of.all.mu.Lock()
	defer g.of.all.mu.Unlock()
	g.of.batches--
	g.fewer(g.tasks)
}

func (g *grip) fewer(n int) {
	g.tasks -= n
	g.of.all.fewer(n)
}

func (a *hands) fewer(n int) {
	a.tasks -= n
	if a.less != nil {
		close(a.less)
		a.less = nil
	}
}

// pace counts what happened a moment ago.
type pace struct {
	since  time.Time // when n began
	n      int
	before int // of the moment before
}

const moment = 50 * time.Millisecond

// add counts n.
func (p *pace) add(now time.Time, n int) {
	p.turn(now)
	p.n += n
}

// lately is how many there were in this moment or in the one before.
func (p *pace) lately(now time.Time) int {
	p.turn(now)
	return max(p.n, p.before)
}

func (p *pace) turn(now time.Time) {
	switch past := now.Sub(p.since); {
	case past >= 2*moment:
		*p = pace{since: now}
	case past >= moment:
		*p = pace{since: now, before: p.n}
	}
}
