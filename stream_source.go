package skein

import (
	"context"
	"unsafe"
)

// pull is the source's task.
func (s *stream[T, R]) pull(context.Context) error {
	ended := false
	defer s.pulled(&ended)
	s.feed(s)
	ended = true
	return nil
}

//go:norace
func (s *stream[T, R]) pulled(ended *bool) {
	if *ended {
		s.end(nil)
		return
	}
	v := recover()
	switch {
	case v == nil:
		s.end(ErrGoexit)
	case s.config.crash:
		panic(v)
	default:
		p := newPanic(v)
		p.Name = "source"
		panic(&carried{panicked: p, booked: s.fail})
	}
}

// pipe notes the stage through which the source, if it is a stream, hears of the
// end. It reports false if that has come.
//
//go:norace
func (s *stream[T, R]) pipe(st *stage) bool {
	raceOff()
	defer raceOn()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = st
	return !s.halted
}

// end says that no more items come. It is for the source's goroutine only.
//
//go:norace
func (s *stream[T, R]) end(err error) {
	s.filling = nil // whatever somebody still does with yield
	raceOff()
	s.mu.Lock()
	s.ended, s.sourceErr = true, err
	s.mu.Unlock()
	s.loop.ring()
	raceOn()
}

// fail says that something has panicked, or that nobody wants the results.
//
//go:norace
func (s *stream[T, R]) fail() {
	raceOff()
	s.mu.Lock()
	s.lost = true
	s.stop.Store(0)
	s.mu.Unlock()
	s.loop.ring()
	raceOn()
}

// accept takes an item from the source. It returns when the next may be taken,
// or false if none may.
//
//go:norace
func (s *stream[T, R]) accept(item T) bool {
	if b := s.filling; b == nil || !b.add(s.filled, item) {
		return s.put(item, nil)
	}
	s.filled++
	s.taken++
	return s.taken <= s.allowed || s.mayTake()
}

// acceptPair is accept for an item that may be an error.
//
//go:norace
func (s *stream[T, R]) acceptPair(item T, err error) bool {
	if err == nil {
		return s.accept(item)
	}
	var none T
	return s.put(none, err)
}

// put takes an item that begins a batch.
//
//go:norace
func (s *stream[T, R]) put(item T, err error) bool {
	enter := s.open
	if s.solo {
		enter = s.send
	}
	if !enter(item, err) {
		return false
	}
	s.taken++
	if err != nil && s.config.policy == failFast {
		s.end(nil)
		return false
	}
	return s.taken <= s.allowed || s.mayTake()
}

// open begins a batch and sees to it that somebody will take it. It reports
// false if no item is wanted any more.
func (s *stream[T, R]) open(item T, err error) bool {
	s.mu.Lock()
	if s.halted || s.ended {
		s.mu.Unlock()
		return false
	}
	b := s.begin(s.pace.size, item, err)
	s.link(b)
	s.filling, s.filled = b, 1
	cheap := s.pace.cheap
	hired := !cheap && s.hire()
	s.mu.Unlock()
	switch {
	case cheap:
		s.loop.ring() // it calls f itself
	case hired:
		s.start(s.work)
	}
	return true
}

// send makes a task of an item.
//
//go:norace
func (s *stream[T, R]) send(item T, err error) bool {
	raceOff()
	s.mu.Lock()
	if s.halted || s.ended {
		s.mu.Unlock()
		raceOn()
		return false
	}
	b := s.begin(1, item, err)
	b.seal()
	b.makeRoom()
	b.results[0].err = err
	s.link(b)
	s.unclaimed, b.claimed = nil, true
	if b.task == nil {
		b.task = b.perform
	}
	s.mu.Unlock()
	if err != nil { // nothing to do
		raceSubmitted(unsafe.Pointer(b))
		b.done.Store(1)
		s.announce(b)
		raceOn()
		return true
	}
	raceOn()
	return s.items.submit(task{f: b.task, pc: s.pc, ask: &s.job.ask}, false)
}

// mayTake waits until one more item may be taken. It reports false if none may.
//
//go:norace
func (s *stream[T, R]) mayTake() bool {
	raceOff()
	defer raceOn()
	for {
		s.mu.Lock()
		halted := s.halted
		look := s.lookAhead()
		s.needs.Store(int64(s.taken - look))
		s.wants.Store(int64(s.taken - look + slack(look)))
		hired := !s.fits(look) && s.hire()
		s.mu.Unlock()
		if hired {
			s.start(s.work)
		}
		if halted {
			return false
		}
		if s.fits(look) {
			return true
		}
		s.source.prepare()
		if s.fits(look) || s.isHalted() {
			s.source.giveUp()
			continue
		}
		s.source.wait(nil)
	}
}

// fits says whether one more item may be taken, and notes how many.
//
//go:norace
func (s *stream[T, R]) fits(look int) bool {
	s.allowed = int(s.delivered.Load()) + look
	return s.taken <= s.allowed
}

//go:norace
func (s *stream[T, R]) isHalted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halted
}

// lookAhead returns how many items may be taken beyond the loop's. mu is held.
//
//go:norace
func (s *stream[T, R]) lookAhead() int {
	if s.config.given&kindBacklog != 0 || s.pace.cheap || s.workers == 0 {
		return s.room
	}
	return min(s.room, aheadEach*s.workers*s.pace.size)
}

// slack is how many deliveries the source may be told of together.
//
//go:norace
func slack(look int) int {
	if look < 64 {
		return 0
	}
	return look / 2
}
