package skein_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// TestEveryEndIsCountedOnce lets several goroutines do all to a group that can
// be done, at the same time. It needs goroutines that really run at the same
// time, so which schedules it meets is chance: the seed gives back what each
// goroutine did, not when.
func TestEveryEndIsCountedOnce(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rounds := 300
	if skein.RaceEnabled {
		rounds = 60
	}
	bubble.Outside(t, "whatever is done to the group meanwhile", func(t *testing.T) {
		for i := range rounds {
			newStorm(t, rand.New(rand.NewPCG(seed, uint64(i)))).rage()
		}
	})
}

// storm is a group and what is done to it.
type storm struct {
	t      *testing.T
	g      *skein.Group
	cancel context.CancelCauseFunc

	calm     bool // nothing but successes: Wait must return nil
	first    bool // FirstSuccess: only this returns nil with tasks undone
	refused  atomic.Int64
	accepted atomic.Int64
	begun    atomic.Int64
	ended    atomic.Int64
	doers    []*rand.Rand
}

func newStorm(t *testing.T, random *rand.Rand) *storm {
	s := &storm{t: t, calm: random.IntN(4) == 0}
	ctx := context.Context(nil)
	ctx, s.cancel = context.WithCancelCause(t.Context())
	opts := []skein.Option{skein.Limit(random.IntN(4))}
	if random.IntN(2) == 0 {
		opts = append(opts, skein.Backlog(random.IntN(3)))
	}
	if random.IntN(3) == 0 {
		opts = append(opts, skein.Observe(func(skein.Event) {}))
	}
	if random.IntN(3) == 0 {
		opts = append(opts, skein.Dedicated())
	}
	if !s.calm {
		policy := random.IntN(3)
		opts = append(opts, [][]skein.Option{{}, {skein.KeepGoing()}, {skein.FirstSuccess()}}[policy]...)
		s.first = policy == 2
	}
	s.g = skein.New(ctx, opts...)
	for range 4 {
		s.doers = append(s.doers, rand.New(rand.NewPCG(random.Uint64(), 0)))
	}
	return s
}

func (s *storm) rage() {
	defer s.cancel(nil)
	var doers, waiters sync.WaitGroup
	begun, end := make(chan struct{}), make(chan struct{})
	s.g.Group().Go(func(context.Context) error { // takes no slot, and no WaitContext ends the group
		close(begun)
		<-end
		return nil
	})
	<-begun
	for _, random := range s.doers {
		doers.Go(func() {
			for range 60 {
				s.do(random)
			}
		})
	}
	doers.Wait()
	close(end)
	for range 3 {
		waiters.Go(s.wait)
	}
	waiters.Wait()
	s.account()
}

func (s *storm) do(random *rand.Rand) {
	switch act := random.IntN(20); {
	case act == 0:
		s.g.SetLimit(random.IntN(4))
	case act == 1:
		done, cancel := context.WithCancel(s.t.Context())
		go cancel()
		var still *skein.StillRunning
		if err := s.g.WaitContext(done); !errors.As(err, &still) {
			s.t.Errorf("WaitContext returned %v", err)
		}
	case act == 2 && !s.calm && random.IntN(40) == 0:
		s.g.Cancel(errBoom)
	case act == 3 && !s.calm && random.IntN(40) == 0:
		s.cancel(errBoom)
	case act < 8:
		s.count(s.g.TryGo(s.task(random)))
	default:
		accepted := s.g.Go(s.task(random))
		s.count(accepted)
		if !accepted {
			s.refused.Add(1)
		}
	}
	if st := s.g.Stats(); st.Running < 0 || st.Queued < 0 || st.Succeeded < 0 {
		s.t.Errorf("stats %+v", st)
	}
}

func (s *storm) count(accepted bool) {
	if accepted {
		s.accepted.Add(1)
	}
}

func (s *storm) task(random *rand.Rand) task {
	end, yields := random.IntN(60), random.IntN(3)
	return func(ctx context.Context) error {
		s.begun.Add(1)
		defer s.ended.Add(1)
		for range yields {
			runtime.Gosched()
		}
		switch {
		case s.calm:
		case end == 0:
			return errBoom
		case end == 1:
			runtime.Goexit()
		case end == 2:
			panic(errBoom)
		case end < 10:
			return ctx.Err()
		case end < 14:
			s.count(s.g.TryGo(func(context.Context) error {
				s.begun.Add(1)
				s.ended.Add(1)
				return nil
			}))
		}
		return nil
	}
}

// wait checks that all has ended, and that nothing is silent.
func (s *storm) wait() {
	var err error
	v := thrown(func() { err = s.g.Wait() })
	st := s.g.Stats()
	if st.Running+st.Queued != 0 || s.begun.Load() != s.ended.Load() {
		s.t.Errorf("after Wait %+v, %d begun, %d ended", st, s.begun.Load(), s.ended.Load())
	}
	if p, ok := v.(*skein.PanicError); (v != nil) != ok || ok != (st.Panicked > 0) || ok && len(p.Others) != st.Panicked-1 {
		s.t.Errorf("panic %v, stats %+v", v, st)
	}
	if s.calm && (err != nil || v != nil) {
		s.t.Errorf("all have succeeded, got %v and panic %v", err, v)
	}
	undone := st.Failed + st.Goexited + st.Cancelled + st.TimedOut + st.Skipped + int(s.refused.Load())
	if satisfied := s.first && st.Succeeded > 0; undone > 0 && err == nil && v == nil && !satisfied {
		s.t.Errorf("got nil, %d refused, stats %+v", s.refused.Load(), st)
	}
}

func (s *storm) account() {
	st := s.g.Stats()
	sum := st.Succeeded + st.Failed + st.Panicked + st.Goexited + st.Cancelled + st.TimedOut + st.Skipped
	if int64(sum) != s.accepted.Load() || int64(sum-st.Skipped) != s.begun.Load() {
		s.t.Errorf("%d accepted, %d begun, stats %+v", s.accepted.Load(), s.begun.Load(), st)
	}
}
