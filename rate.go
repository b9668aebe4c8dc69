package skein

import (
	"math"
	"math/bits"
	"time"
)

// Rate lets n tasks start in every period per, evenly, and up to burst of them
// at once where fewer have started before: a token bucket. n, per and burst
// must be positive; what is not panics.
//
//	skein.Rate(100, time.Minute, 1) // every 600 ms
//
// A task that has to wait for its token is queued, keeps no slot of the limit
// meanwhile, and is skipped at once when the group is cancelled. [Group.TryGo]
// reports false where there is no token. Tasks start in the order of their
// submission. A rate says nothing about how many run at the same time, see
// [Limit], and keeps nobody from submitting: a Limit with [Backlog] does.
//
// A group has a bucket of its own, also if it shares the Option with others,
// and so has a child group.
func Rate(n int, per time.Duration, burst int) Option {
	b := newBucket(n, per, burst)
	return Option{kindRate, func(c *config) { c.rate = b }}
}

// pacer holds a group back to its rate. The group's lock guards it.
//
// A searcher has a token, which it gives back if it finds nothing to do. Where
// there is none a goroutine waits for it, and is then a searcher: so the baton
// is never lost.
type pacer struct {
	bucket
	promised time.Time     // of the last token, while the next task waits for nothing but its own; else zero
	stop     chan struct{} // closed when the group is halted; nil: nobody waits for a token
}

// pacing says whether a goroutine waits for a token.
//
//go:norace
func (g *Group) pacing() bool { return g.pacer != nil && g.pacer.stop != nil }

// granted takes a token for a searcher, who is none if it reports false. mu is
// held.
//
//go:norace
func (g *Group) granted() bool {
	if g.pacer != nil && !g.token() {
		g.searching--
		return false
	}
	return true
}

// grants is granted for the searchers that a worker sends for when it takes a
// task.
//
//go:norace
func (g *Group) grants(first, second bool) (one, two bool) {
	if second {
		second = g.granted()
	}
	if first {
		first = g.granted()
	}
	g.unpromise()
	return first, second
}

// another says whether a carrier may take one more task, and takes the token
// for it. Where every queued task has its searcher none is left to take. mu is
// held.
//
//go:norace
func (g *Group) another() bool {
	return g.pacer == nil || g.q.n > g.searching && g.token()
}

// token takes a token for a task that is queued and has none, and reports false if there is
// none: then somebody waits for it. mu is held.
//
//go:norace
func (g *Group) token() bool {
	p := g.pacer
	switch {
	case p == nil:
		return true
	case p.stop != nil:
		return false
	}
	now := time.Now()
	from := now
	if !p.promised.IsZero() {
		from = p.promised
	}
	due := from.Add(p.wait(from))
	if d := due.Sub(now); d > 0 {
		p.stop = make(chan struct{})
		raceOn() // it makes a timer and asks the parent context: where its start is hidden the program crashes
		go g.pace(due, d, p.stop)
		raceOff()
		return false
	}
	p.grant(due)
	return true
}

// grant takes the token of a moment.
//
//go:norace
func (p *pacer) grant(due time.Time) {
	p.take(due)
	p.promised = due
}

// unpromise forgets the last token's moment if the next task, if there is one,
// waits for something else than its own. mu is held.
//
//go:norace
func (g *Group) unpromise() {
	if g.pacer != nil && (g.q.n == 0 || g.full()) {
		g.pacer.promised = time.Time{}
	}
}

// refund gives back the token of a searcher that has found nothing to do. mu
// is held.
//
//go:norace
func (g *Group) refund() {
	if p := g.pacer; p != nil && p.taken > 0 {
		p.taken--
	}
}

// prompt says whether one more task would have its token now. mu is held.
//
//go:norace
func (g *Group) prompt() bool {
	p := g.pacer
	return p == nil || g.q.n <= g.searching && p.wait(time.Now()) == 0
}

// pace waits for a token, which comes after d, and goes to the queue. If the
// parent context is done it goes there at once, to have the tasks skipped.
//
//go:norace
func (g *Group) pace(due time.Time, d time.Duration, stop <-chan struct{}) {
	timer := time.NewTimer(d)
	cancelled := false
	select {
	case <-timer.C:
	case <-stop:
	case <-g.scope.base().Done():
		cancelled = true
	}
	timer.Stop()
	raceOff()
	g.mu.Lock()
	g.pacer.stop = nil
	start := g.q.n > 0
	if start {
		if !cancelled {
			g.pacer.grant(due)
		}
		g.searching++
	}
	g.sound()
	g.mu.Unlock()
	if start && raceEnabled {
		go g.carry() // what comes before this goroutine does not come before the task
	}
	raceOn()
	if start && !raceEnabled {
		g.carrier()
	}
}

// unpace stops the wait for a token. mu is held.
//
//go:norace
func (g *Group) unpace() {
	if g.pacing() {
		close(g.pacer.stop)
		g.pacer.stop = nil
	}
}

// bucket is a token bucket: it holds at most burst tokens, is full at first,
// and n more come in every period, evenly.
//
// It counts the tokens that were taken since it was last full, instead of those
// that are in it. The i-th token of those that came later is there i·per/n
// after that moment, computed exactly each time: no rounding adds up, and
// there is no fraction of a token to keep. What comes in while it is full is
// lost.
type bucket struct {
	n, burst int64
	per      time.Duration

	full  time.Time // when it was last known to be full
	taken int64     // since then
}

func newBucket(n int, per time.Duration, burst int) bucket {
	switch {
	case n <= 0:
		panic("skein: a rate of no task at all")
	case per <= 0:
		panic("skein: a rate whose period is not positive")
	case burst <= 0:
		panic("skein: a rate whose burst is not positive")
	}
	return bucket{n: int64(n), per: per, burst: int64(burst)}
}

// wait returns how long it is from a moment on until there is a token: 0 if
// there is one. It takes none. Moments must not go back.
//
//go:norace
func (b *bucket) wait(from time.Time) time.Duration {
	if b.taken == 0 {
		return 0
	}
	passed := max(0, from.Sub(b.full)) // a clock may be set back
	if b.after(b.taken) < passed {     // not if it is full just now: that began within this nanosecond
		b.taken = 0
		return 0
	}
	if b.taken < b.burst {
		return 0
	}
	return max(0, b.after(b.taken-b.burst+1)-passed)
}

// take takes the token that was there at a moment when wait returned 0.
//
// Whoever has waited for a token asks for the moment that it was promised for,
// not for the one when a timer got round to it, and goes on from there: what
// came in between is then not lost, and timers that are late do not slow the
// rate down.
//
//go:norace
func (b *bucket) take(at time.Time) {
	if b.taken == 0 {
		b.full = at
	}
	b.taken++
}

// after returns how long after the bucket was full the i-th token came in, or
// would have: i·per/n, rounded up.
//
//go:norace
func (b *bucket) after(i int64) time.Duration {
	hi, lo := bits.Mul64(uint64(i), uint64(b.per))
	lo, carry := bits.Add64(lo, uint64(b.n)-1, 0)
	hi += carry
	if hi >= uint64(b.n) {
		return math.MaxInt64
	}
	if d, _ := bits.Div64(hi, lo, uint64(b.n)); d < math.MaxInt64 {
		return time.Duration(d)
	}
	return math.MaxInt64
}
