package cluster

import (
	"context"
	"sync"
)

// hands counts what a worker has in hand: batches, for each pull, and tasks of
// which the end is not recorded, for all of them. A batch of which nobody knows yet how many
// tasks it has counts as a full one.
//
// A pull may have a few batches even if all slots are taken, so that some are there
// when one is free. It may have more as long as there are fewer tasks than slots:
// tasks that travel alone would else leave most slots of a large worker empty.
type hands struct {
	slots int

	mu    sync.Mutex
	tasks int
	less  chan struct{} // closed when there is less in hand; nil: nobody waits for it
}

// hand is that of a pull.
type hand struct {
	all     *hands
	most    int  // batches, whatever there is
	fixed   bool // and never more
	batches int  // under all.mu
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
		n := h.most - h.batches
		if !h.fixed {
			n = max(n, min(h.most, h.all.slots-h.all.tasks))
		}
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

// take takes a batch.
func (h *hand) take() *grip {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	h.batches++
	h.all.tasks += mostTasks
	return &grip{h, mostTasks}
}

// has says how many tasks it has that are to be run.
func (g *grip) has(n int) { g.ended(g.tasks - n) }

// ended is for n tasks of which the end is recorded, or that others have now.
func (g *grip) ended(n int) {
	g.of.all.mu.Lock()
	defer g.of.all.mu.Unlock()
	g.tasks -= n
	g.of.all.fewer(n)
}

// leave lets go of the batch.
func (g *grip) leave() {
	g.of.all.mu.Lock()
	defer g.of.all.mu.Unlock()
	g.of.batches--
	g.of.all.fewer(g.tasks)
	g.tasks = 0
}

func (a *hands) fewer(n int) {
	a.tasks -= n
	if a.less != nil {
		close(a.less)
		a.less = nil
	}
}
