package skein_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestPanicIsCarriedToWait(t *testing.T) {
	bubble.Run(t, "siblings are cancelled at once, and Wait panics when they have ended", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(2))
		start := time.Now()
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			<-time.After(time.Minute)
			return nil
		})
		queued := make(chan struct{})
		g.Go(func(context.Context) error { <-queued; panic("cat") })
		g.Go(func(context.Context) error {
			t.Error("a task started after the panic")
			return nil
		})
		close(queued)
		p := panicOf(t, g.Wait)
		if d := time.Since(start); p.Value != "cat" || d != time.Minute {
			t.Errorf("got %v after %v", p.Value, d)
		}
		if s := g.Stats(); s != (skein.Stats{Succeeded: 1, Panicked: 1, Skipped: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "every one of several is told", func(t *testing.T) {
		for _, limit := range []int{0, 3} {
			g := skein.New(t.Context(), skein.Limit(limit))
			for i := range 3 {
				g.GoNamed(fmt.Sprint("picture ", i), func(ctx context.Context) error {
					<-ctx.Done()
					panic(i)
				})
			}
			synctest.Wait()
			g.Cancel(errBoom)
			p := panicOf(t, g.Wait)
			told := map[any]string{p.Value: p.Name}
			for _, other := range p.Others {
				told[other.Value] = other.Name
			}
			for i := range 3 {
				if told[i] != fmt.Sprint("picture ", i) {
					t.Errorf("limit %d: panic %d has the name %q", limit, i, told[i])
				}
			}
			if len(p.Others) != 2 || p.Err != errBoom {
				t.Errorf("limit %d: %d others, error %v", limit, len(p.Others), p.Err)
			}
		}
	})
	bubble.Run(t, "what a goroutine panics with is kept, whatever it is", func(t *testing.T) {
		var nothing map[string]int
		for _, row := range []struct {
			name string
			f    task
			is   func(v any) bool
		}{
			{"a run-time error", func(context.Context) error { nothing["cat.jpg"]++; return nil },
				func(v any) bool { _, ok := v.(runtime.Error); return ok }},
			{"nil", burst(nil), func(v any) bool { _, ok := v.(*runtime.PanicNilError); return ok }},
			{"a slice, which cannot be compared", burst([]int{7}), func(v any) bool { return v.([]int)[0] == 7 }},
			{"an error that cannot be compared", burst(many{errBoom}), func(v any) bool { return v.(many)[0] == errBoom }},
		} {
			g := skein.New(t.Context())
			g.Go(untilDone)
			g.Go(row.f)
			if p := panicOf(t, g.Wait); !row.is(p.Value) {
				t.Errorf("%s: got %v", row.name, p.Value)
			}
		}
	})
	bubble.Run(t, "a value whose String method asks the group, or panics, or ends the goroutine, does no harm", func(t *testing.T) {
		for _, say := range []func(g *skein.Group){
			func(g *skein.Group) { g.Len(); g.Stats(); g.Cancel(nil); g.SetLimit(3) },
			func(*skein.Group) { panic("in String") },
			func(*skein.Group) { runtime.Goexit() },
		} {
			g := skein.New(t.Context())
			g.Go(burst(talker(func() { say(g) })))
			if _, ok := panicOf(t, g.Wait).Value.(talker); !ok {
				t.Error("the value is gone")
			}
		}
	})
}

// many is an error that errors.Is cannot compare.
type many []error

func (m many) Error() string { return fmt.Sprint([]error(m)) }

// talker calls itself to be printed.
type talker func()

func (say talker) String() string {
	say()
	return "said"
}

// loadPicture stands by its name in the stack of its panic.
func loadPicture(context.Context) error { panic("broken") }

func TestPanicError(t *testing.T) {
	bubble.Run(t, "it has the worker's own stack, from the panic on", func(t *testing.T) {
		var g skein.Group
		g.Go(func(ctx context.Context) error { return loadPicture(ctx) })
		p := panicOf(t, g.Wait)
		head, rest, _ := bytes.Cut(p.Stack, []byte("\n"))
		if !bytes.HasPrefix(head, []byte("goroutine ")) || !bytes.HasPrefix(rest, []byte("panic(")) ||
			!bytes.Contains(rest, []byte("skein_test.loadPicture(")) {
			t.Errorf("stack:\n%s", p.Stack)
		}
	})
	bubble.Run(t, "a worker without a name is told by its number", func(t *testing.T) {
		var g skein.Group
		g.Go(succeed)
		g.Go(burst("cat"))
		if p := panicOf(t, g.Wait); p.Name != "worker 2" {
			t.Errorf("name %q", p.Name)
		}
	})
	bubble.Run(t, "errors.Is and errors.As reach a value that is an error", func(t *testing.T) {
		var g skein.Group
		g.Go(burst(fmt.Errorf("load: %w", &fs.PathError{Op: "open", Path: "cat.jpg", Err: fs.ErrNotExist})))
		p := panicOf(t, g.Wait)
		var path *fs.PathError
		if !errors.Is(p, fs.ErrNotExist) || !errors.As(p, &path) || path.Path != "cat.jpg" {
			t.Errorf("got %v", p.Value)
		}
	})
	bubble.Run(t, "it unwraps to nothing if the value is no error", func(t *testing.T) {
		if err := errors.Unwrap(&skein.PanicError{Value: "cat"}); err != nil {
			t.Errorf("got %v", err)
		}
	})
	bubble.Run(t, "it says all: the value, the name, the others, the error and the stacks", func(t *testing.T) {
		p := &skein.PanicError{
			Value: "broken", Name: "cat.jpg", Stack: []byte("goroutine 1\nmain.cat()\n"), Err: errBoom,
			Others: []*skein.PanicError{{Value: "torn", Name: "dog.jpg", Stack: []byte("goroutine 2\nmain.dog()\n")}},
		}
		const want = `skein: cat.jpg panicked: broken (and 1 more panicked)
	besides, the group failed: boom

goroutine 1
main.cat()

skein: dog.jpg panicked: torn

goroutine 2
main.dog()`
		if p.Error() != want {
			t.Errorf("got\n%s\nwant\n%s", p, want)
		}
	})
	bubble.Run(t, "Err is what Wait would have returned", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing(), skein.Limit(1))
		other := errors.New("torn")
		g.Go(lasting(time.Second, errBoom))
		g.Go(fail(other))
		g.Go(burst("cat"))
		wantErrs(t, panicOf(t, g.Wait).Err, errBoom, other)
	})
	bubble.Run(t, "is the cause that siblings find in their context", func(t *testing.T) {
		var g skein.Group
		cause := make(chan error, 1)
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return context.Cause(ctx)
		})
		g.Go(burst(errBoom))
		p := panicOf(t, g.Wait)
		var seen *skein.PanicError
		if !errors.As(<-cause, &seen) || seen.Value != errBoom {
			t.Errorf("cause %v", seen)
		}
		if s := g.Stats(); p.Err != nil || s != (skein.Stats{Panicked: 1, Cancelled: 1}) {
			t.Errorf("error %v, stats %+v", p.Err, s)
		}
	})
}

func TestErrorsThatMisbehave(t *testing.T) {
	bubble.Run(t, "an error whose Is method panics is a panic of its worker", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return evil(func() { panic("in Is") })
		})
		synctest.Wait()
		g.Cancel(nil)
		if p := panicOf(t, g.Wait); p.Value != "in Is" {
			t.Errorf("got %v", p)
		}
	})
	bubble.Run(t, "one whose Is method calls Goexit is a Goexit of its worker", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return evil(runtime.Goexit)
		})
		synctest.Wait()
		g.Cancel(nil)
		wantErr(t, g.Wait(), skein.ErrGoexit)
	})
	bubble.Run(t, "one whose Is method asks the group does no harm", func(t *testing.T) {
		g := skein.New(t.Context())
		var asked atomic.Int64
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return evil(func() {
				g.SetLimit(g.Len())
				asked.Add(1)
			})
		})
		synctest.Wait()
		g.Cancel(nil)
		if err := g.Wait(); err == nil || asked.Load() == 0 {
			t.Errorf("got %v, asked %d times", err, asked.Load())
		}
	})
}

// evil is an error that calls itself when it is compared.
type evil func()

func (evil) Error() string { return "evil" }

func (f evil) Is(error) bool {
	f()
	return false
}
