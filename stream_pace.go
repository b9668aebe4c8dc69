package skein

import "time"

const (
	// batchFor is how long the items of a batch should take together: enough
	// to pay for handing it over, and what a result may be held up by others.
	batchFor = 20 * time.Microsecond

	// Below cheapBelow an item is not worth another goroutine, above dearAbove
	// it is. Both include a share of reading the clock.
	cheapBelow = 35 * time.Nanosecond
	dearAbove  = 100 * time.Nanosecond

	veryDear = 20 * dearAbove // and one item is enough to tell

	evidence = 8 // items that must have been cheap on the average
)

// doubt is how many items must be cheap before they are left to the loop, after
// some have been dear.
const doubt = 1024

// pace is how a stream's batches follow the clock. Its stream's mu guards it.
type pace struct {
	size   int // of the next batch
	most   int
	inline bool // cheap items may be left to the loop
	cheap  bool // they are
	doubt  int
}

// batch learns from n items, one after the other, that took d.
func (p *pace) batch(n int, d time.Duration) {
	each := max(d/time.Duration(n), 1)
	p.size = min(max(1, int(batchFor/each)), 2*p.size, p.most)
	switch {
	case each > veryDear:
		p.cheap, p.doubt = false, doubt
	case each > dearAbove:
		p.cheap = false
	case each < cheapBelow && n >= evidence:
		p.doubt = max(0, p.doubt-n)
		p.cheap = p.inline && p.doubt == 0
	}
}

// sample learns from what the loop has seen.
func (p *pace) sample(w *stopwatch) {
	if w.took > veryDear {
		p.cheap, p.doubt = false, doubt
		p.size = min(max(1, int(batchFor/w.took)), p.size)
	} else if w.average > dearAbove+clock {
		p.cheap = false
	}
}

// clock is about what it costs to read the clock twice.
const clock = 40 * time.Nanosecond

// lapLength is how many items the loop times together, as a lap.
const lapLength = 64

// stopwatch tells the loop whether the items are still cheap for which it calls
// f. A lap of items it times as a whole, with the loop's body in between. If that
// was slow it looks closer, and times f alone for each item of the next.
type stopwatch struct {
	close   bool
	lapped  time.Time
	from    int           // the item that the lap began with
	took    time.Duration // by the last item that was timed alone
	average time.Duration // of these; 0: there are none
}

// start begins a batch. Its first lap begins where the last ended, if the loop
// has not slept.
func (w *stopwatch) start() {
	if w.lapped.IsZero() {
		w.lapped = time.Now()
	}
	w.from = 0
}

// slept is told that the loop is going to sleep.
func (w *stopwatch) slept() { w.lapped = time.Time{} }

// lap ends a lap.
func (w *stopwatch) lap(end int) {
	now := time.Now()
	w.close = now.Sub(w.lapped) > time.Duration(end-w.from)*dearAbove+clock
	w.from, w.lapped = end, now
	if !w.close {
		w.took, w.average = 0, 0
	}
}

// item is told the time that f has taken for one.
func (w *stopwatch) item(took time.Duration) {
	w.took = took
	w.average += (min(took, 4*dearAbove) - w.average) / 4
}
