package skein

import (
	"context"
	"runtime"
	"time"
	"unsafe"
)

// hire claims the right to start a worker for the batches that wait. mu is
// held.
//
//go:norace
func (s *stream[T, R]) hire() bool {
	if s.unclaimed == nil || s.running >= s.workers || s.halted {
		return false
	}
	s.running++
	return true
}

// start starts a worker that has been hired.
func (s *stream[T, R]) start(work func(context.Context) error) {
	if !s.group.submit(task{f: work, pc: s.pc, ask: &s.job.ask}, false) {
		s.mu.Lock() // cancelled: nothing starts any more
		s.running--
		s.mu.Unlock()
	}
}

// work is a worker: it takes batches until there are none, or until they have
// proved to be so cheap that they are left to the loop, if that is not stuck.
func (s *stream[T, R]) work(ctx context.Context) error {
	s.workOn(ctx, s.take(0, 0, s.delivered.Load()))
	return nil
}

// help is a worker that takes items though they are cheap, or were: just enough
// to know, as nobody helps a helper.
//
//go:norace
func (s *stream[T, R]) help(ctx context.Context) error {
	s.mu.Lock()
	b := s.claim(min(evidence, s.pace.size))
	if b != nil {
		b.aside = true
	} else {
		s.running--
	}
	s.mu.Unlock()
	s.workOn(ctx, b)
	return nil
}

// workOn lets others run after each batch. The loop has been rung, and on a
// machine that is busy nobody else will soon give it a processor: it would find
// out that there are results when all that may be taken ahead is done, and
// everybody would wait for it and then for the source.
func (s *stream[T, R]) workOn(ctx context.Context, b *batch[T, R]) {
	for b != nil {
		delivered := s.delivered.Load()
		began := time.Now()
		n := s.apply(ctx, b)
		d := time.Since(began)
		runtime.Gosched()
		b = s.take(n, d, delivered)
	}
}

// take takes a batch for a worker, or counts it out and returns nil. The worker
// has just done n items in d, and had seen how many were delivered before.
func (s *stream[T, R]) take(n int, d time.Duration, delivered int64) (b *batch[T, R]) {
	s.mu.Lock()
	if n > 0 {
		s.pace.batch(n, d)
	} else if s.pace.cheap {
		s.mu.Unlock()
		runtime.Gosched() // the loop may have had no chance to deliver
		s.mu.Lock()
	}
	now := s.delivered.Load()
	stuck := now == delivered && now < s.wants.Load()
	if stuck || !s.pace.cheap {
		b = s.claim(s.pace.size)
	}
	if b == nil {
		s.running--
	}
	hired := b != nil && !s.pace.cheap && s.hire() // for the rest, if it was split
	s.mu.Unlock()
	switch {
	case hired:
		s.start(s.work)
	case b == nil:
		s.loop.ring() // it may call f now
	}
	return b
}

// apply calls f for the items of a batch that have no result yet, while they may
// start, and returns how many there were. Once the last has its result the batch
// is the loop's.
func (s *stream[T, R]) apply(ctx context.Context, b *batch[T, R]) int {
	returned := false
	defer s.broken(b, &returned)
	begin, end := int(b.done.Load()), b.total
	b.makeRoom()
	i := begin
	for ; i < end && s.starts(b.first+i); i++ {
		p := &b.results[i]
		if p.err = b.passed; i > 0 || p.err == nil {
			s.group.labels.dress()
			if p.value, p.err = s.f(ctx, b.items[i]); p.err != nil {
				p.err = s.bad(b.first+i, p.err)
			}
		}
		s.publish(b, i+1)
	}
	returned = true
	if i < end && s.done != nil && isClosed(s.done) {
		s.halt(0)
	}
	return i - begin
}

// starts says whether the item with an index may start: a batch that somebody
// has taken can be long.
func (s *stream[T, R]) starts(index int) bool {
	return int64(index) < s.stop.Load() && (s.done == nil || !isClosed(s.done))
}

// perform is the task of an item.
//
//go:norace
func (b *batch[T, R]) perform(ctx context.Context) (err error) {
	s := b.stream
	p := &b.results[0]
	returned := false
	defer s.broken(b, &returned)
	p.value, err = s.f(ctx, b.items[0])
	if returned = true; err != nil {
		p.err = s.bad(b.first, err)
	}
	raceOff()
	raceSubmitted(unsafe.Pointer(b))
	s.publish(b, 1)
	raceOn()
	return err
}

// bad makes the error of an item from what f returned, after which no item
// after it is started, unless the stream goes on.
//
//go:norace
func (s *stream[T, R]) bad(index int, err error) error {
	if s.config.policy != keepGoing {
		s.halt(index + 1)
	}
	return &ItemError{Index: index, Err: err}
}

// publish lets the loop have the results of the first n items of a batch. (A
// Swap, as in bell: under the race detector a Store may be overtaken by the Load
// behind it.)
//
//go:norace
func (s *stream[T, R]) publish(b *batch[T, R], n int) {
	b.done.Swap(uint32(n))
	if b.watched.Load() {
		s.announce(b)
	}
}

// announce tells the loop of a result. (Should the loop have been so quick that
// the batch is at its next use already, it looks in vain.)
//
//go:norace
func (s *stream[T, R]) announce(b *batch[T, R]) {
	s.mu.Lock()
	if b.watched.Load() {
		b.watched.Store(false)
		if !s.ordered {
			s.enlist(b)
		}
	}
	s.mu.Unlock()
	s.loop.ring()
}

// enlist puts a batch at the end of those that are ready. mu is held.
//
//go:norace
func (s *stream[T, R]) enlist(b *batch[T, R]) {
	if s.ready == nil {
		s.ready = b
	} else {
		s.lastReady.after = b
	}
	s.lastReady = b
	b.listed = true
}

// broken is where a panic and a Goexit in f come out.
//
//go:norace
func (s *stream[T, R]) broken(b *batch[T, R], returned *bool) {
	if *returned {
		return
	}
	v := recover()
	i := int(b.done.Load())
	switch {
	case v == nil:
		s.gone(b, i)
	case s.config.crash:
		panic(v)
	default:
		p := newPanic(v)
		p.Name = item(b.first + i)
		panic(&carried{panicked: p, booked: s.fail}) // not before: the loop cancels the others, whose panics would come first
	}
}

// gone puts a Goexit in its item's place, and another worker in place of the
// one that ends with it.
//
//go:norace
func (s *stream[T, R]) gone(b *batch[T, R], i int) {
	b.results[i].err = s.bad(b.first+i, ErrGoexit)
	rest := i+1 < b.total
	raceOff()
	if s.solo {
		raceSubmitted(unsafe.Pointer(b))
	}
	s.publish(b, i+1)
	raceOn()
	switch {
	case s.solo || s.config.policy != keepGoing:
	case rest:
		s.start(func(ctx context.Context) error {
			s.workOn(ctx, b)
			return nil
		})
	default:
		s.start(s.work)
	}
}
