package skein_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

type valued = func(ctx context.Context) (string, error)

// after gives v when d of fake time has passed.
func after(d time.Duration, v string) valued {
	return func(context.Context) (string, error) {
		<-time.After(d)
		return v, nil
	}
}

// endingAs ends as f does, without a value.
func endingAs(f task) valued {
	return func(ctx context.Context) (string, error) { return "", f(ctx) }
}

// uncalled fails the test if it is called.
func uncalled(t *testing.T) valued {
	return func(context.Context) (string, error) {
		t.Error("a task was called that the group did not take")
		return "", nil
	}
}

func wantValue(t *testing.T, f *skein.Future[string], want string) {
	t.Helper()
	if v, err := f.Wait(context.Background()); v != want || err != nil {
		t.Errorf("got %q and error %v, want %q", v, err, want)
	}
}

// wantNone demands that f has settled with an error itself and no value.
func wantNone(t *testing.T, f *skein.Future[string], want error) {
	t.Helper()
	synctest.Wait()
	select {
	case <-f.Done():
	default:
		t.Errorf("the future has not settled, want error %v", want)
		return
	}
	if v, err := f.Wait(context.Background()); v != "" || err != want {
		t.Errorf("got %q and error %v, want error %v itself", v, err, want)
	}
}

func TestFutureGivesItsValue(t *testing.T) {
	bubble.Run(t, "to all who wait, and to all who come later", func(t *testing.T) {
		g := skein.New(t.Context())
		f := skein.Spawn(g, after(time.Minute, "cat.jpg"))
		var wg skein.WaitGroup
		start := time.Now()
		for range 10 {
			wg.Go(func() {
				wantValue(t, f, "cat.jpg")
				if d := time.Since(start); d != time.Minute {
					t.Errorf("Wait returned after %v", d)
				}
			})
		}
		wg.Wait()
		wantErr(t, g.Wait(), nil)
		wantValue(t, f, "cat.jpg")
	})
	bubble.Run(t, "when nobody has waited", func(t *testing.T) {
		var g skein.Group
		f := skein.Spawn(&g, after(0, "cat.jpg"))
		wantErr(t, g.Wait(), nil)
		wantValue(t, f, "cat.jpg")
	})
	bubble.Run(t, "even to those whose context is done", func(t *testing.T) {
		g := skein.New(t.Context())
		settled := skein.Spawn(g, after(0, "cat.jpg"))
		awaited := skein.Spawn(g, after(0, "dog.jpg"))
		awaited.Done()
		wantErr(t, g.Wait(), nil)
		for range 100 {
			if v, err := settled.Wait(cancelled()); v != "cat.jpg" || err != nil {
				t.Fatalf("got %q and error %v", v, err)
			}
			if v, err := awaited.Wait(cancelled()); v != "dog.jpg" || err != nil {
				t.Fatalf("got %q and error %v", v, err)
			}
		}
	})
	bubble.Run(t, "and not to those whose context is done before", func(t *testing.T) {
		g := skein.New(t.Context())
		f := skein.Spawn(g, after(time.Minute, "cat.jpg"))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errBoom)
		defer cancel()
		for range 2 {
			if v, err := f.Wait(ctx); v != "" || err != errBoom {
				t.Errorf("got %q and error %v, want %v", v, err, errBoom)
			}
		}
		wantValue(t, f, "cat.jpg") // nothing has changed
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "together with the error that the task returned beside it", func(t *testing.T) {
		g := skein.New(t.Context())
		f := skein.Spawn(g, func(context.Context) (string, error) { return "half a cat", errBoom })
		if v, err := f.Wait(t.Context()); v != "half a cat" || err != errBoom {
			t.Errorf("got %q and error %v", v, err)
		}
		wantErr(t, g.Wait(), errBoom)
	})
}

func TestDoneOfAFuture(t *testing.T) {
	bubble.Run(t, "it is closed when the future settles", func(t *testing.T) {
		g := skein.New(t.Context())
		start := time.Now()
		f := skein.Spawn(g, after(time.Minute, "cat.jpg"))
		<-f.Done()
		if d := time.Since(start); d != time.Minute {
			t.Errorf("closed after %v", d)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "it is the same each time, whenever it was asked for first", func(t *testing.T) {
		g := skein.New(t.Context())
		early := skein.Spawn(g, after(time.Minute, "cat.jpg"))
		late := skein.Spawn(g, after(time.Minute, "dog.jpg"))
		done := early.Done()
		if early.Done() != done {
			t.Error("two channels before it has settled")
		}
		wantErr(t, g.Wait(), nil)
		if early.Done() != done {
			t.Error("another channel after it has settled")
		}
		done = late.Done()
		<-done
		if late.Done() != done {
			t.Error("two channels of a future that nobody had asked")
		}
		wantValue(t, late, "dog.jpg")
	})
}

func TestFutureOfAFailure(t *testing.T) {
	bubble.Run(t, "fails its group, and cancels its siblings", func(t *testing.T) {
		g := skein.New(t.Context())
		sibling := skein.Spawn(g, endingAs(untilDone))
		f := skein.Spawn(g, endingAs(boom))
		wantNone(t, f, errBoom)
		wantNone(t, sibling, context.Canceled)
		wantErr(t, g.Wait(), errBoom)
		wantNone(t, f, errBoom)
	})
	bubble.Run(t, "leaves the others alone in a group that keeps going", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing(), skein.Limit(1))
		f := skein.Spawn(g, endingAs(boom))
		next := skein.Spawn(g, after(time.Second, "cat.jpg"))
		wantValue(t, next, "cat.jpg")
		wantNone(t, f, errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "tells a Goexit", func(t *testing.T) {
		for _, opts := range [][]skein.Option{nil, {skein.CrashOnPanic()}} {
			g := skein.New(t.Context(), opts...)
			f := skein.Spawn(g, endingAs(quit))
			wantNone(t, f, skein.ErrGoexit)
			wantErr(t, g.Wait(), skein.ErrGoexit)
		}
	})
}

func TestFutureOfAPanic(t *testing.T) {
	bubble.Run(t, "panics in each Wait with the same error, which the group has named", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		f := skein.Spawn(g, endingAs(burst("cat")))
		wait := func() error { _, err := f.Wait(t.Context()); return err }
		p := panicOf(t, wait)
		if p.Value != "cat" || p.Name != "worker 1" || !strings.Contains(string(p.Stack), "tasks_test.go:") {
			t.Errorf("%v of %q\n%s", p.Value, p.Name, p.Stack)
		}
		if panicOf(t, wait) != p {
			t.Error("the second Wait panics with another error")
		}
		if cause := context.Cause(g.Context()); cause != p {
			t.Errorf("the group was cancelled by %v", cause)
		}
		if of := panicOf(t, g.Wait); of.Value != "cat" || of.Name != p.Name {
			t.Errorf("the group's Wait panics with %v of %q", of.Value, of.Name)
		}
		if panicOf(t, wait) != p {
			t.Error("a Wait after the group's end panics with another error")
		}
	})
	bubble.Run(t, "is told of each of several, and the group's Wait tells all", func(t *testing.T) {
		g := skein.New(t.Context())
		var all []*skein.Future[string]
		for i := range 3 {
			all = append(all, skein.Spawn(g, func(ctx context.Context) (string, error) {
				<-ctx.Done()
				panic(i)
			}))
		}
		synctest.Wait()
		g.Cancel(errBoom)
		for i, f := range all {
			p := panicOf(t, func() error { _, err := f.Wait(context.Background()); return err })
			if p.Value != i || p.Others != nil {
				t.Errorf("future %d panics with %v and others %v", i, p.Value, p.Others)
			}
		}
		if p := panicOf(t, g.Wait); len(p.Others) != 2 || p.Err != errBoom {
			t.Errorf("others %v, error %v", p.Others, p.Err)
		}
	})
	bubble.Run(t, "releases those who wait already", func(t *testing.T) {
		g := skein.New(t.Context())
		f := skein.Spawn(g, func(ctx context.Context) (string, error) {
			<-time.After(time.Second)
			panic("cat")
		})
		var told atomic.Int64
		var wg skein.WaitGroup
		for range 3 {
			wg.Go(func() {
				if p, ok := thrown(func() { _, _ = f.Wait(t.Context()) }).(*skein.PanicError); ok && p.Value == "cat" {
					told.Add(1)
				}
			})
		}
		wg.Wait()
		if told.Load() != 3 {
			t.Errorf("%d of 3 were told", told.Load())
		}
		panicOf(t, g.Wait)
	})
	bubble.Run(t, "is a nil that was panicked with too", func(t *testing.T) {
		g := skein.New(t.Context())
		f := skein.Spawn(g, endingAs(burst(nil)))
		p := panicOf(t, func() error { _, err := f.Wait(t.Context()); return err })
		if _, ok := p.Value.(*runtime.PanicNilError); !ok {
			t.Errorf("got %v", p.Value)
		}
		panicOf(t, g.Wait)
	})
}

func TestFutureOfAPanicStillNeedsTheGroupsWait(t *testing.T) {
	wantCrash(t, func() {
		skein.SetGrace(10 * time.Millisecond)
		g := skein.New(context.Background())
		f := skein.Spawn(g, endingAs(burst("cat")))
		_ = thrown(func() { _, _ = f.Wait(context.Background()) })
		time.Sleep(time.Minute) // until the crash
		runtime.KeepAlive(g)
	}, "no Wait took it", "cat")
}

func TestFutureUnderCrashOnPanic(t *testing.T) {
	wantCrash(t, func() {
		g := skein.New(context.Background(), skein.CrashOnPanic())
		f := skein.Spawn(g, endingAs(burst("cat")))
		defer func() { os.Exit(3) }() // Wait was released
		_, _ = f.Wait(context.Background())
	}, "panic: cat", "tasks_test.go:")
}

func TestFutureOfATaskThatNeverStarts(t *testing.T) {
	bubble.Run(t, "is settled when a failure drops the queue", func(t *testing.T) {
		for _, opts := range [][]skein.Option{{}, {skein.Observe(func(skein.Event) {})}} {
			g := skein.New(t.Context(), append(opts, skein.Limit(1))...)
			g.Go(lasting(time.Second, errBoom))
			start := time.Now()
			queued := []*skein.Future[string]{skein.Spawn(g, uncalled(t)), skein.Spawn(g, uncalled(t))}
			if _, err := queued[0].Wait(t.Context()); err != errBoom || time.Since(start) != time.Second {
				t.Errorf("error %v after %v", err, time.Since(start))
			}
			wantNone(t, queued[1], errBoom)
			wantErr(t, g.Wait(), errBoom)
		}
	})
	bubble.Run(t, "has the panic that stopped the group as its error", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		g.Go(burst("cat"))
		f := skein.Spawn(g, uncalled(t))
		var p *skein.PanicError
		if _, err := f.Wait(t.Context()); !errors.As(err, &p) || p.Value != "cat" {
			t.Errorf("error %v", err)
		}
		panicOf(t, g.Wait)
	})
	bubble.Run(t, "is settled by Cancel, before the running tasks have ended", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		g.Go(lasting(time.Hour, nil))
		f := skein.Spawn(g, uncalled(t))
		g.Cancel(errBoom)
		start := time.Now()
		wantNone(t, f, errBoom)
		wantNone(t, skein.Spawn(g, uncalled(t)), errBoom)
		if d := time.Since(start); d != 0 {
			t.Errorf("after %v", d)
		}
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "is settled when a success has ended the group", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess(), skein.Limit(1))
		first := skein.Spawn(g, after(time.Second, "cat.jpg"))
		f := skein.Spawn(g, uncalled(t))
		wantValue(t, first, "cat.jpg")
		wantNone(t, f, context.Canceled)
		wantNone(t, skein.Spawn(g, uncalled(t)), context.Canceled)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "has the cause of the parent context", func(t *testing.T) {
		parent, cancel := context.WithCancelCause(t.Context())
		g := skein.New(parent, skein.Limit(1))
		g.Go(lasting(time.Second, nil))
		queued := skein.Spawn(g, uncalled(t))
		cancel(errBoom)
		wantNone(t, skein.Spawn(g, uncalled(t)), errBoom)
		if _, err := queued.Wait(t.Context()); err != errBoom {
			t.Errorf("error %v, want %v", err, errBoom)
		}
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "is settled where Backlog blocks Spawn", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1), skein.Backlog(0))
		g.Go(lasting(time.Second, errBoom))
		start := time.Now()
		f := skein.Spawn(g, uncalled(t))
		if d := time.Since(start); d != time.Second {
			t.Errorf("Spawn returned after %v", d)
		}
		wantNone(t, f, errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "is told of an observer that stops it", func(t *testing.T) {
		stop := map[string]func(){"a panic": func() { panic("observer") }, "a Goexit": runtime.Goexit}
		for name, f := range stop {
			for _, begun := range []bool{true, false} {
				parent, cancel := context.WithCancelCause(t.Context())
				g := skein.New(parent, skein.KeepGoing(), skein.Limit(1), skein.Observe(func(e skein.Event) {
					if e.Worker == 2 {
						f()
					}
				}))
				g.Go(lasting(time.Second, nil))
				future := skein.Spawn(g, uncalled(t))
				if !begun {
					cancel(errBoom)
				}
				var err error
				v := thrown(func() { _, err = future.Wait(context.Background()) })
				_, panicked := v.(*skein.PanicError)
				switch {
				case !begun && err != errBoom,
					panicked != (begun && name == "a panic"),
					begun && name == "a Goexit" && err != skein.ErrGoexit:
					t.Errorf("%s, begun %v: error %v, panic %v", name, begun, err, v)
				}
				cancel(nil)
				_ = thrown(func() { _ = g.Wait() })
			}
		}
	})
	bubble.Run(t, "has the cause of a parent group", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group(skein.Limit(1))
		running := skein.Spawn(child, endingAs(untilDone))
		queued := skein.Spawn(child, uncalled(t))
		synctest.Wait()
		g.Go(boom)
		wantNone(t, running, context.Canceled)
		wantNone(t, queued, errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
}

func TestFuturesOfAChildGroup(t *testing.T) {
	bubble.Run(t, "a task of a full group waits for them", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		f := skein.Spawn(g, func(ctx context.Context) (string, error) {
			inner := g.Group()
			v, err := skein.Spawn(inner, after(time.Second, "cat.jpg")).Wait(ctx)
			return v, errors.Join(err, inner.Wait())
		})
		wantValue(t, f, "cat.jpg")
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "their failure is the child's", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		f := skein.Spawn(child, endingAs(boom))
		wantNone(t, f, errBoom)
		wantErr(t, child.Wait(), errBoom)
		wantErr(t, g.Wait(), nil)
	})
}

func TestSpawnPanics(t *testing.T) {
	bubble.Run(t, "without a function, without a context, after the end", func(t *testing.T) {
		g := skein.New(t.Context())
		wantPanic(t, "skein: nil function", func() { skein.Spawn[string](g, nil) })
		f := skein.Spawn(g, after(0, "cat.jpg"))
		wantPanic(t, "skein: nil context", func() { _, _ = f.Wait(nil) }) //lint:ignore SA1012 that is what is tested
		wantErr(t, g.Wait(), nil)
		wantPanic(t, hasEnded, func() { skein.Spawn(g, uncalled(t)) })
	})
}

// spawnHere is generic as helpers are that people write around Spawn. It returns
// the line of its call.
func spawnHere[T any](g *skein.Group, f func(context.Context) (T, error)) int {
	_, _, line, _ := runtime.Caller(0)
	skein.Spawn(g, f)
	return line + 1
}

func developFilm(context.Context) (string, error) {
	<-time.After(time.Hour)
	return "", nil
}

func TestSpawnIsKnownByItsCaller(t *testing.T) {
	bubble.Run(t, "and by the function that it was given", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(2))
		_, file, line, _ := runtime.Caller(0)
		skein.Spawn(g, developFilm)
		lines := []int{line + 1, spawnHere(g, developFilm)}
		skein.Spawn(g, developFilm) // is queued
		workers := giveUp(t, g).Workers
		if len(workers) != len(lines) {
			t.Fatalf("%d workers", len(workers))
		}
		for i, w := range workers {
			if w.Func != "example.com/skein_test.developFilm" || w.File != file || w.Line != lines[i] {
				t.Errorf("got %+v, want line %d", w, lines[i])
			}
		}
		g.Cancel(nil)
		wantErr(t, g.Wait(), context.Canceled)
	})
}

// Who waits and the task that settles meet in every order: for the race
// detector, which sees the value pass.
func TestFutureSettlesWhileManyWait(t *testing.T) {
	bubble.Outside(t, "all get the value", func(t *testing.T) {
		for i := range 300 {
			var g, waiters skein.Group
			go1 := make(chan struct{})
			f := skein.Spawn(&g, func(context.Context) (*int, error) {
				<-go1
				return &i, nil
			})
			for w := range 6 {
				waiters.Go(func(ctx context.Context) error {
					<-go1
					if w%2 == 0 {
						<-f.Done()
					}
					if v, err := f.Wait(ctx); err != nil || *v != i {
						t.Errorf("got %v and error %v", v, err)
					}
					return nil
				})
			}
			close(go1)
			wantErr(t, waiters.Wait(), nil)
			wantErr(t, g.Wait(), nil)
		}
	})
	bubble.Outside(t, "all are told of the cancellation that comes between", func(t *testing.T) {
		for range 300 {
			g := skein.New(context.Background(), skein.Limit(1))
			var waiters skein.WaitGroup
			waiters.Go(func() { g.Cancel(errBoom) })
			for range 6 {
				waiters.Go(func() {
					f := skein.Spawn(g, func(context.Context) (string, error) { return "cat.jpg", nil })
					if v, err := f.Wait(context.Background()); err != errBoom && v != "cat.jpg" {
						t.Errorf("got %q and error %v", v, err)
					}
				})
			}
			waiters.Wait()
			wantErr(t, g.Wait(), errBoom)
		}
	})
}
