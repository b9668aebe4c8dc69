package skein

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestWaitGroupTakesEveryOrder runs the steps of Add and of WaitContext, each
// of which is atomic, in random orders on one goroutine, and compares with
// what may be true of each waiter. It attacks the proof at WaitGroup.state:
// the second step of a Done can come as late as it likes.
func TestWaitGroupTakesEveryOrder(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		s := schedule{t: t, random: random}
		for range 60 {
			s.step()
		}
		s.end()
	}
}

type schedule struct {
	t      *testing.T
	random *rand.Rand
	wg     WaitGroup

	counter int
	late    []uint64 // Adds that have changed the state and not looked what to do
	waiters []*waiter
}

type waiter struct {
	zero    chan struct{}
	mayPass bool // the counter has been zero since it came
}

func (s *schedule) step() {
	switch s.random.IntN(6) {
	case 0, 1:
		s.raise()
	case 2:
		s.lower()
	case 3:
		s.finishOne()
	case 4:
		if zero := s.wg.register(); zero != nil {
			s.waiters = append(s.waiters, &waiter{zero: zero})
		} else if s.counter != 0 {
			s.t.Fatal("a Wait did not block although the counter was not zero")
		}
	case 5:
		s.giveUp()
	}
	s.check()
}

// raise is an Add(1). From zero it is a misuse while somebody waits.
func (s *schedule) raise() {
	if s.counter == 0 && len(s.waiters) > 0 {
		return
	}
	s.wg.Add(1)
	s.counter++
}

// lower is the first step of a Done.
func (s *schedule) lower() {
	if s.counter == 0 {
		return
	}
	s.counter--
	s.late = append(s.late, s.wg.state.Add(^uint64(1<<32-1)))
	if s.counter == 0 {
		for _, w := range s.waiters {
			w.mayPass = true
		}
	}
}

// finishOne is the second step of some Done.
func (s *schedule) finishOne() {
	if len(s.late) == 0 {
		return
	}
	i := s.random.IntN(len(s.late))
	state := s.late[i]
	s.late = append(s.late[:i], s.late[i+1:]...)
	if v := int32(state >> 32); v < 0 || v == 0 && uint32(state) != 0 {
		s.wg.crossed(v)
	}
}

func (s *schedule) giveUp() {
	if len(s.waiters) == 0 {
		return
	}
	i := s.random.IntN(len(s.waiters))
	w := s.waiters[i]
	if s.wg.leave(w.zero) || closed(w.zero) {
		s.waiters = append(s.waiters[:i], s.waiters[i+1:]...)
	}
}

// check takes out those who were released, and wants them to have the right.
func (s *schedule) check() {
	left := s.waiters[:0]
	for _, w := range s.waiters {
		switch {
		case !closed(w.zero):
			left = append(left, w)
		case !w.mayPass:
			s.t.Fatal("a Wait returned although the counter has not been zero")
		}
	}
	s.waiters = left
	if n := s.wg.Len(); n != s.counter {
		s.t.Fatalf("length %d, want %d", n, s.counter)
	}
}

// end lets all work end: nobody may be left.
func (s *schedule) end() {
	for s.counter > 0 {
		s.lower()
	}
	for len(s.late) > 0 {
		s.finishOne()
		s.check()
	}
	if len(s.waiters) > 0 {
		s.t.Fatalf("%d Waits are lost", len(s.waiters))
	}
	if s.wg.state.Load() != 0 || s.wg.zero != nil {
		s.t.Fatalf("the end left state %x and channel %v", s.wg.state.Load(), s.wg.zero)
	}
}

// reuse is release with a new round in between.
//
//go:norace
func reuse(wg *WaitGroup) {
	wg.acquire()
	zero := wg.zero
	wg.zero = nil
	wg.state.Store(1 << 32)
	wg.lock.Store(0)
	close(zero)
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestWaitGroupNoticesMisuse(t *testing.T) {
	message := func(f func()) (v any) {
		defer func() { v = recover() }()
		f()
		return nil
	}
	t.Run("an Add from zero while somebody waits", func(t *testing.T) {
		var wg WaitGroup
		wg.Add(1)
		wg.register()
		wg.state.Add(^uint64(1<<32 - 1)) // a Done that has not released anybody yet
		want := "skein: WaitGroup misuse: Add called concurrently with Wait"
		if v := message(func() { wg.Add(1) }); v != want {
			t.Errorf("got panic %v, want %q", v, want)
		}
	})
	t.Run("a new round before Wait has returned", func(t *testing.T) {
		var wg WaitGroup
		wg.Add(1)
		said := make(chan any)
		go func() { said <- message(wg.Wait) }()
		for uint32(wg.state.Load()) == 0 {
			<-time.After(time.Millisecond) // that a Wait has registered can only be seen
		}
		reuse(&wg)
		want := "skein: WaitGroup is reused before previous Wait has returned"
		if v := <-said; v != want {
			t.Errorf("got panic %v, want %q", v, want)
		}
	})
	t.Run("the lock lets others run", func(t *testing.T) {
		var wg WaitGroup
		wg.acquire()
		left := make(chan struct{})
		go func() {
			wg.acquire()
			wg.lock.Store(0)
			close(left)
		}()
		<-time.After(time.Millisecond) // longer than it spins; if not, the test passes all the same
		wg.lock.Store(0)
		<-left
	})
}
