package skein_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestWaitEndsTheGroup(t *testing.T) {
	bubble.Run(t, "its context is done with context.Canceled", func(t *testing.T) {
		for _, asked := range []bool{true, false} {
			g := skein.New(t.Context())
			if asked {
				_ = g.Context().Done()
			}
			g.Go(succeed)
			wantErr(t, g.Wait(), nil)
			<-g.Context().Done()
			wantErr(t, g.Context().Err(), context.Canceled)
			wantErr(t, context.Cause(g.Context()), context.Canceled)
		}
	})
	bubble.Run(t, "submitting panics from then on", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Backlog(0))
		wantErr(t, g.Wait(), nil)
		wantPanic(t, hasEnded, func() { g.Go(boom) })
		wantPanic(t, hasEnded, func() { g.GoNamed("cat.jpg", boom) })
		wantPanic(t, hasEnded, func() { g.TryGo(boom) })
		wantPanic(t, hasEnded, func() { g.Group() })
		g.SetLimit(7)
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "submitting panics after a cancelled group has ended, too", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), errBoom)
		wantPanic(t, hasEnded, func() { g.Go(boom) })
	})
	bubble.Run(t, "a cancellation of the parent comes too late then", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		g := skein.New(ctx)
		g.Go(succeed)
		wantErr(t, g.Wait(), nil)
		cancel(errBoom)
		wantErr(t, g.Wait(), nil)
		wantErr(t, context.Cause(g.Context()), context.Canceled)
	})
	bubble.Run(t, "a failed group panics and returns the same for ever", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(burst("cat"))
		first := panicOf(t, g.Wait)
		if again := panicOf(t, g.Wait); again != first {
			t.Errorf("the second Wait panicked with %v", again)
		}
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if again := panicOf(t, func() error { return g.WaitContext(done) }); again != first {
			t.Errorf("WaitContext panicked with %v", again)
		}
	})
}

func TestWaitByMany(t *testing.T) {
	ends := []struct {
		name string
		end  func(g *skein.Group)
		want error
	}{
		{"success", func(g *skein.Group) {}, nil},
		{"a failure", func(g *skein.Group) { g.Go(boom) }, errBoom},
		{"a cancellation", func(g *skein.Group) { g.Cancel(errBoom) }, errBoom},
	}
	for _, row := range ends {
		bubble.Run(t, "before, during and after "+row.name+" all get the same", func(t *testing.T) {
			g := skein.New(t.Context())
			g.Go(func(ctx context.Context) error {
				select {
				case <-ctx.Done():
					<-time.After(time.Second)
				case <-time.After(time.Minute):
				}
				return nil
			})
			var waits sync.WaitGroup
			wait := func() {
				for range 5 {
					waits.Go(func() { wantErr(t, g.Wait(), row.want) })
					waits.Go(func() { wantErr(t, g.WaitContext(t.Context()), row.want) })
				}
			}
			wait()
			synctest.Wait()
			row.end(g)
			wait()
			waits.Wait()
			wait()
			waits.Wait()
		})
	}
	bubble.Run(t, "a panic comes out of each", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(lasting(time.Second, nil))
		g.Go(burst(errBoom))
		var waits sync.WaitGroup
		for range 10 {
			waits.Go(func() {
				if p, ok := thrown(func() { _ = g.Wait() }).(*skein.PanicError); !ok || p.Value != errBoom {
					t.Errorf("got %v", p)
				}
			})
		}
		waits.Wait()
	})
	bubble.Outside(t, "while others submit, none returns before what was accepted has ended", func(t *testing.T) {
		for range 200 {
			waitWhileOthersSubmit(t)
		}
	})
}

func TestWaitLooksTwice(t *testing.T) {
	bubble.Run(t, "a task that is submitted when Wait has found nothing left is waited for", func(t *testing.T) {
		for range 100 {
			// Wait asks the parent just before it ends the group.
			parent := &busyParent{Context: t.Context()}
			g := skein.New(parent)
			ended := false
			parent.do = func() {
				g.Go(func(context.Context) error {
					<-time.After(time.Second)
					ended = true
					return nil
				})
			}
			wantErr(t, g.Wait(), nil)
			if !ended {
				t.Fatal("Wait did not wait")
			}
		}
	})
}

// busyParent does something when it is asked for the first time.
type busyParent struct {
	context.Context

	do func()
}

func (p *busyParent) Err() error {
	if do := p.do; do != nil {
		p.do = nil
		do()
	}
	return p.Context.Err()
}

// waitWhileOthersSubmit needs goroutines that really run at the same time.
func waitWhileOthersSubmit(t *testing.T) {
	var g skein.Group
	var accepted, ended atomic.Int64
	var others sync.WaitGroup
	for range 4 {
		others.Go(func() {
			_ = thrown(func() { // a Go that comes too late
				for range 50 {
					g.Go(func(context.Context) error {
						ended.Add(1)
						return nil
					})
					accepted.Add(1)
				}
			})
		})
	}
	for range 2 {
		others.Go(func() {
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
			if s := g.Stats(); s.Running+s.Queued != 0 {
				t.Errorf("after Wait %+v", s)
			}
		})
	}
	others.Wait()
	if accepted.Load() != ended.Load() || g.Stats().Succeeded != int(ended.Load()) {
		t.Errorf("%d accepted, %d ended, stats %+v", accepted.Load(), ended.Load(), g.Stats())
	}
}

func TestWaitContext(t *testing.T) {
	bubble.Run(t, "it gives up when its context is done, and changes nothing", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(lasting(time.Hour, nil))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errBoom)
		defer cancel()
		var still *skein.StillRunning
		if err := g.WaitContext(ctx); !errors.As(err, &still) || !errors.Is(err, errBoom) {
			t.Errorf("got %v, want a *StillRunning for errBoom", err)
		}
		if !g.Go(succeed) || g.Context().Err() != nil {
			t.Error("the group has ended")
		}
		wantErr(t, g.WaitContext(context.Background()), nil)
	})
	bubble.Run(t, "with a context that is done it returns at once", func(t *testing.T) {
		done, cancel := context.WithCancel(t.Context())
		cancel()
		for _, row := range []struct {
			name string
			fill func(g *skein.Group)
			want error
		}{
			{"what Wait does, if nothing was submitted", func(g *skein.Group) {}, nil},
			{"what Wait does, if nothing is left", func(g *skein.Group) {
				g.Go(boom)
				synctest.Wait()
			}, errBoom},
		} {
			var g skein.Group
			row.fill(&g)
			if err := g.WaitContext(done); err != row.want {
				t.Errorf("%s: got %v, want %v", row.name, err, row.want)
			}
			wantPanic(t, hasEnded, func() { g.Go(succeed) })
		}
	})
	bubble.Run(t, "giving up takes no panic", func(t *testing.T) {
		var g skein.Group
		g.Go(lasting(time.Hour, nil))
		synctest.Wait()
		g.Go(burst("cat"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var still *skein.StillRunning
		if err := g.WaitContext(ctx); !errors.As(err, &still) {
			t.Errorf("got %v", err)
		}
		if p := panicOf(t, g.Wait); p.Value != "cat" {
			t.Errorf("got %v", p)
		}
	})
}

// fragile is a context that, once broken, is done and panics when it is asked
// why.
type fragile struct {
	context.Context
	broken atomic.Bool
}

func (f *fragile) Err() error {
	if f.broken.Load() {
		return context.Canceled
	}
	return f.Context.Err()
}

func (f *fragile) Value(key any) any {
	if f.broken.Load() {
		panic("broken")
	}
	return f.Context.Value(key)
}

func TestWaitUnderFragileContext(t *testing.T) {
	bubble.Run(t, "a context that panics at the end does not make the next Wait hang", func(t *testing.T) {
		ctx := &fragile{Context: t.Context()}
		g := skein.New(ctx)
		g.Go(succeed)
		synctest.Wait()
		ctx.broken.Store(true)
		for range 2 {
			if p := panicOf(t, g.Wait); p.Value != "broken" || p.Name != "the group's context" {
				t.Errorf("got %v", p)
			}
		}
	})
}

func TestWaitContextNil(t *testing.T) {
	for name, wait := range map[string]func(){
		//lint:ignore SA1012 the misuse under test
		"Group": func() { _ = new(skein.Group).WaitContext(nil) },
		//lint:ignore SA1012 the misuse under test
		"WaitGroup": func() { _ = new(skein.WaitGroup).WaitContext(nil) },
	} {
		t.Run(name+".WaitContext says that a context is nil", func(t *testing.T) {
			defer func() {
				if got := recover(); got != "skein: nil context" {
					t.Errorf("panicked with %v", got)
				}
			}()
			wait()
		})
	}
}
