package skein_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestWaitGroup(t *testing.T) {
	bubble.Run(t, "Wait returns when the counter is zero, and not before", func(t *testing.T) {
		var wg skein.WaitGroup
		start := time.Now()
		for i := range 10 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				<-time.After(time.Duration(i) * time.Second)
			}()
		}
		var waits sync.WaitGroup
		for range 5 {
			waits.Go(func() {
				wg.Wait()
				if d := time.Since(start); d != 9*time.Second {
					t.Errorf("Wait returned after %v, want 9s", d)
				}
			})
		}
		waits.Wait()
	})
	bubble.Run(t, "Wait of an unused one returns at once", func(t *testing.T) {
		var wg skein.WaitGroup
		wg.Wait()
		wantErr(t, wg.WaitContext(t.Context()), nil)
	})
	bubble.Run(t, "Add takes and gives any number", func(t *testing.T) {
		var wg skein.WaitGroup
		wg.Add(1000)
		wg.Add(-998)
		wg.Add(0)
		if wg.Len() != 2 {
			t.Errorf("length %d, want 2", wg.Len())
		}
		wg.Add(-2)
		wg.Wait()
	})
	bubble.Run(t, "Go counts f out when it returns or calls Goexit", func(t *testing.T) {
		var wg skein.WaitGroup
		ended := 0
		wg.Go(func() {
			<-time.After(time.Second)
			ended++
		})
		wg.Wait()
		wg.Go(func() {
			defer func() { ended++ }()
			<-time.After(time.Second)
			runtime.Goexit()
		})
		if wg.Len() != 1 {
			t.Errorf("length %d, want 1", wg.Len())
		}
		wg.Wait()
		if ended != 2 {
			t.Errorf("%d have ended, want 2", ended)
		}
	})
	bubble.Run(t, "it may be used again when all Waits have returned", func(t *testing.T) {
		var wg skein.WaitGroup
		for range 100 {
			wg.Go(func() { <-time.After(time.Second) })
			wg.Wait()
		}
	})
	bubble.Run(t, "work may start work", func(t *testing.T) {
		var wg skein.WaitGroup
		var n atomic.Int64
		var split func(depth int)
		split = func(depth int) {
			n.Add(1)
			for range min(depth, 2) {
				wg.Go(func() { split(depth - 1) })
			}
		}
		wg.Go(func() { split(8) })
		wg.Wait()
		if n.Load() != 383 {
			t.Errorf("%d ran, want 383", n.Load())
		}
	})
}

func TestWaitGroupMisuse(t *testing.T) {
	t.Run("a negative counter panics", func(t *testing.T) {
		var wg skein.WaitGroup
		wantPanic(t, "skein: negative WaitGroup counter", wg.Done)
		var other skein.WaitGroup
		other.Add(1)
		wantPanic(t, "skein: negative WaitGroup counter", func() { other.Add(-2) })
	})
}

func TestWaitGroupWaitContext(t *testing.T) {
	bubble.Run(t, "it gives up with the cause, and the work goes on", func(t *testing.T) {
		var wg skein.WaitGroup
		ended := false
		wg.Go(func() {
			<-time.After(time.Hour)
			ended = true
		})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errBoom)
		defer cancel()
		wantErr(t, wg.WaitContext(ctx), errBoom)
		wantErr(t, wg.WaitContext(ctx), errBoom)
		if wg.Len() != 1 {
			t.Errorf("length %d, want 1", wg.Len())
		}
		wantErr(t, wg.WaitContext(t.Context()), nil)
		if !ended {
			t.Error("WaitContext returned nil before the end")
		}
	})
	bubble.Run(t, "a counter that is zero is better news than a context that is done", func(t *testing.T) {
		done, cancel := context.WithCancel(t.Context())
		cancel()
		var wg skein.WaitGroup
		wantErr(t, wg.WaitContext(done), nil)
		wg.Go(func() {})
		synctest.Wait()
		wantErr(t, wg.WaitContext(done), nil)
		for range 100 { // both while it blocks
			ctx, cancel := context.WithCancel(t.Context())
			wg.Add(1)
			go func() {
				wg.Done()
				cancel()
			}()
			wantErr(t, wg.WaitContext(ctx), nil)
		}
	})
	bubble.Run(t, "those who give up leave those who wait alone", func(t *testing.T) {
		var wg skein.WaitGroup
		start := time.Now()
		wg.Go(func() { <-time.After(time.Hour) })
		var waits sync.WaitGroup
		for i := range 20 {
			waits.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Minute)
				defer cancel()
				wantErr(t, wg.WaitContext(ctx), context.DeadlineExceeded)
			})
			waits.Go(func() {
				wg.Wait()
				if d := time.Since(start); d != time.Hour {
					t.Errorf("Wait returned after %v", d)
				}
			})
		}
		waits.Wait()
	})
}

// bubbleless is used in one bubble after another.
var bubbleless skein.WaitGroup

func TestWaitGroupBelongsToNoBubbleForEver(t *testing.T) {
	for range 3 {
		bubble.Run(t, "a global one works in each", func(t *testing.T) {
			bubbleless.Go(func() { <-time.After(time.Hour) })
			bubbleless.Wait()
		})
	}
	bubble.Outside(t, "and outside of all", func(t *testing.T) {
		bubbleless.Go(func() {})
		bubbleless.Wait()
	})
}

// The next tests need goroutines that really run at the same time.

func TestWaitGroupUnderStress(t *testing.T) {
	bubble.Outside(t, "no Wait returns early and none is lost, while others give up and rounds follow one another", func(t *testing.T) {
		var wg skein.WaitGroup
		for range 2000 {
			stressRound(t, &wg)
		}
		if wg.Len() != 0 {
			t.Errorf("length %d at the end", wg.Len())
		}
	})
	bubble.Outside(t, "a round may begin while the last one ends, if all who waited have given up", func(t *testing.T) {
		var wg skein.WaitGroup
		var ended atomic.Int64
		const rounds = 5000
		for range rounds {
			wg.Go(func() { ended.Add(1) })
			ctx, cancel := context.WithCancel(t.Context())
			go cancel()
			if wg.WaitContext(ctx) == nil && wg.Len() != 0 {
				t.Error("WaitContext returned nil while the counter was not zero")
			}
		}
		wg.Wait()
		if ended.Load() != rounds {
			t.Errorf("%d of %d had ended when Wait returned", ended.Load(), rounds)
		}
	})
}

func stressRound(t *testing.T, wg *skein.WaitGroup) {
	n := 1 + rand.IntN(4)
	var ended atomic.Int64
	wg.Add(n)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	all := func(what string) {
		if got := ended.Load(); got != int64(n) {
			t.Errorf("%s returned when %d of %d had ended", what, got, n)
		}
	}
	var waits sync.WaitGroup
	for range 2 {
		waits.Go(func() {
			wg.Wait()
			all("Wait")
		})
		waits.Go(func() {
			if wg.WaitContext(ctx) == nil {
				all("WaitContext")
			}
		})
	}
	for i := range n {
		go func() {
			if i == 0 {
				cancel()
			}
			ended.Add(1)
			wg.Done()
		}()
	}
	waits.Wait()
}
