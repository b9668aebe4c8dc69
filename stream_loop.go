package skein

import (
	"context"
	"time"
	"unsafe"
)

// more gives the loop's body what is there, and reports false when the stream
// is over: cause is then the last thing to tell, if it is not nil.
func (s *stream[T, R]) more(yield func(R, error) bool) bool {
	s.tell()
	if s.dropped() {
		return false
	}
	b, inline := s.next()
	switch {
	case b == nil:
		s.clean = s.clean && !s.dropped() // the source may have ended because ctx is done
		return false
	case inline:
		return s.call(b, yield)
	}
	return s.deliver(b, yield)
}

// dropped says whether ctx is done, and with it all that is on its way. The
// cause is then the last thing to tell.
func (s *stream[T, R]) dropped() bool {
	if s.done == nil || !isClosed(s.done) {
		return false
	}
	s.cause = context.Cause(s.ctx)
	return true
}

// next waits for a batch that has something for the loop: results, or items for
// which it is to call f. It returns nil if the stream is over.
//
//go:norace
func (s *stream[T, R]) next() (b *batch[T, R], inline bool) {
	raceOff()
	defer raceOn()
	for {
		over := false
		if b, inline, over = s.look(); b != nil || over {
			return b, inline
		}
		s.loop.prepare()
		s.await()
		if b, inline, over = s.look(); b != nil || over {
			s.loop.giveUp()
			return b, inline
		}
		if !s.sleep() {
			return nil, false
		}
	}
}

// sleep waits for the bell, and reports false if ctx was done first.
//
//go:norace
func (s *stream[T, R]) sleep() bool {
	s.watch.slept()
	s.nudge()
	if d := s.group.dog; d != nil {
		raceOn() // the report is other people's code: its timer must be seen to start here
		d.set(1, s.pc)
		raceOff()
		defer d.set(-1, 0)
	}
	if s.loop.wait(s.done) {
		return true
	}
	raceOn()
	s.cause = context.Cause(s.ctx)
	raceOff()
	return false
}

// await asks for a ring when the result comes that is next in order. Where items
// are cheap nobody works but whoever has the batch that it is in, and they may
// have become dear there: a helper goes on with what is behind. (No helper
// follows a helper: cheap items would never come back to the loop.)
//
//go:norace
func (s *stream[T, R]) await() {
	s.mu.Lock()
	h := s.head
	if h != nil {
		h.watched.Swap(true)
	}
	hired := h != nil && h.claimed && !h.aside && s.pace.cheap && s.hire()
	s.mu.Unlock()
	if hired {
		s.start(s.help)
	}
}

// look looks for something to do. It hands a batch to the loop, or says that
// the stream is over.
//
//go:norace
func (s *stream[T, R]) look() (b *batch[T, R], inline, over bool) {
	s.mu.Lock()
	hired := s.inlined && s.outline()
	switch {
	case s.lost:
		over = true
	case s.ordered:
		b, inline = s.oldest()
	default:
		b = s.first()
	}
	if b == nil && s.ended && s.live == 0 && !over {
		s.cause, s.clean, over = s.sourceErr, s.sourceErr == nil, true
	}
	s.mu.Unlock()
	if hired {
		s.start(s.work)
	}
	return b, inline, over
}

// outline ends what the loop did as a worker, and says whether one must be
// started in its place. mu is held.
//
//go:norace
func (s *stream[T, R]) outline() bool {
	s.inlined = false
	s.running--
	s.pace.sample(&s.watch)
	return !s.pace.cheap && s.hire()
}

// oldest returns the batch that is next in order, if it has something for the
// loop. mu is held.
//
//go:norace
func (s *stream[T, R]) oldest() (b *batch[T, R], inline bool) {
	for s.head != nil && s.head.claimed {
		h := s.head
		if h.given < int(h.done.Load()) {
			return h, false
		}
		if h.given < h.total {
			return nil, false
		}
		s.head = h.next
		s.drop(h)
	}
	if s.head == nil || !s.pace.cheap || s.running >= s.workers {
		return nil, false
	}
	s.running++
	s.inlined = true
	return s.claim(s.pace.size), true
}

// first returns the batch that has had results for the longest time. mu is
// held.
//
//go:norace
func (s *stream[T, R]) first() *batch[T, R] {
	if b := s.handing; b != nil && b.given == b.total && !b.listed {
		s.drop(b)
	}
	s.handing = nil
	for s.ready != nil {
		b := s.ready
		s.ready, b.after, b.listed = b.after, nil, false
		b.watched.Swap(true)
		done := int(b.done.Load())
		if b.claimed && done == b.total {
			b.watched.Store(false)
		}
		switch {
		case b.claimed && b.given == b.total:
			s.drop(b)
		case b.given < done:
			s.handing = b
			return b
		}
	}
	return nil
}

// call calls f for a batch of items on the loop's goroutine, and gives each
// result to the body at once. If an item turns out to be dear it gives back the
// rest.
func (s *stream[T, R]) call(b *batch[T, R], yield func(R, error) bool) bool {
	s.watch.start()
	for b.given < b.total {
		end := min(b.given+lapLength, b.total)
		if !s.callTo(b, end, yield) {
			return false
		}
		if b.given < end {
			s.giveBack(b)
		} else {
			s.watch.lap(end)
		}
	}
	b.done.Store(uint32(b.given))
	return true
}

// callTo calls f for the items before end, or till one has been dear. Where
// look-ahead is large it counts them together.
func (s *stream[T, R]) callTo(b *batch[T, R], end int, yield func(R, error) bool) bool {
	ctx, f, exact, canEnd := &s.group.scope, s.f, s.step == 1, s.done != nil
	timed := s.watch.close
	if timed {
		f = s.timed
	}
	i := b.given
	for ; i < end; i++ {
		if canEnd && s.dropped() || int64(b.first+i) >= s.stop.Load() { // a worker that has seen ctx done stops all
			return false
		}
		var value R
		err := b.passed
		if i > 0 || err == nil {
			s.calling = b.first + i + 1
			value, err = f(ctx, b.items[i])
			if s.calling = 0; err != nil {
				err = s.bad(b.first+i, err)
			}
		}
		if err != nil && !s.handError(err, yield) || err == nil && (canEnd && s.dropped() || !yield(value, nil)) {
			return false
		}
		if exact {
			s.given++
			s.tell()
		}
		if timed && s.watch.took > veryDear {
			i++
			break
		}
	}
	if !exact {
		s.given += i - b.given
	}
	b.given = i
	return true
}

// timed calls f for an item and takes the time.
func (s *stream[T, R]) timed(ctx context.Context, item T) (R, error) {
	began := time.Now()
	value, err := s.f(ctx, item)
	s.watch.item(time.Since(began))
	return value, err
}

// giveBack lets others take what the loop has not done of a batch.
func (s *stream[T, R]) giveBack(b *batch[T, R]) {
	s.mu.Lock()
	s.split(b, b.given)
	s.mu.Unlock()
}

// deliver hands the loop what a batch has.
//
//go:norace
func (s *stream[T, R]) deliver(b *batch[T, R], yield func(R, error) bool) bool {
	for {
		done := int(b.done.Load())
		if b.given == done {
			return true
		}
		if s.solo {
			raceOff()
			raceTaken(unsafe.Pointer(b))
			raceOn()
		}
		for b.given < done {
			p := &b.results[b.given]
			b.given++
			if s.done != nil && s.dropped() || !s.hand(p.value, p.err, yield) {
				return false
			}
		}
	}
}

// hand gives one result to the loop's body, and reports false if it is the last.
//
//go:norace
func (s *stream[T, R]) hand(value R, err error, yield func(R, error) bool) bool {
	goOn := false
	if err == nil {
		goOn = yield(value, nil)
	} else {
		goOn = s.handError(err, yield)
	}
	if s.given++; s.given-s.told >= s.step {
		s.tell()
	}
	return goOn
}

// handError is hand for an error.
//
//go:norace
func (s *stream[T, R]) handError(err error, yield func(R, error) bool) bool {
	var none R
	switch {
	case s.items.judge(err) != Failed: // it echoes ctx, or a panic, which is thrown soon
		if s.ctx.Err() != nil {
			s.cause = context.Cause(s.ctx)
		}
		return false
	case s.config.policy == failFast:
		s.cause = err
		return false
	}
	s.items.forgive()
	return yield(none, err)
}

// tell tells the source how far the loop is.
//
//go:norace
func (s *stream[T, R]) tell() {
	if s.told == s.given {
		return
	}
	raceOff()
	s.told = s.given
	s.delivered.Swap(int64(s.given))
	if s.source.waiting.Load() && int64(s.given) >= s.wants.Load() {
		s.source.ring()
	}
	raceOn()
}

// nudge wakes the source if it may go on at all, as the loop is about to sleep.
//
//go:norace
func (s *stream[T, R]) nudge() {
	if s.source.waiting.Load() && int64(s.given) >= s.needs.Load() {
		s.source.ring()
	}
}

// forgive lets a group forget the failures of its tasks, which have been told:
// a stream may have no end.
//
//go:norace
func (g *Group) forgive() {
	raceOff()
	g.mu.Lock()
	if g.ledger != nil {
		g.ledger.failures = nil
	}
	g.mu.Unlock()
	raceOn()
}
