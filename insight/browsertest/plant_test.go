package browsertest

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"example.com/skein"
)

// plantStuck starts a worker that sends to nobody, after one that may wait.
func plantStuck(t *testing.T) {
	t.Helper()
	end, nowhere := make(chan struct{}), make(chan int)
	g := skein.New(context.Background(), skein.Name("reports"))
	g.GoNamed("patient", func(context.Context) error {
		select {
		case <-end:
		case <-time.After(time.Hour):
		}
		return nil
	})
	time.Sleep(50 * time.Millisecond) // of real time, so that it is the elder
	g.GoNamed("weekly", func(context.Context) error { return sendPages(nowhere) })
	t.Cleanup(func() {
		close(end)
		<-nowhere
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// sendPages is the function that the stack has to name.
func sendPages(to chan<- int) error {
	to <- 1
	return nil
}

// plantEnds lets workers run for 300 ms and end in every way that there is.
func plantEnds(t *testing.T) {
	t.Helper()
	boom := errors.New("no such host")
	ends := skein.New(context.Background(), skein.Name("ends"), skein.KeepGoing())
	ends.GoNamed("fine", lasting(nil))
	ends.GoNamed("broken", lasting(boom))
	ends.GoNamed("left", func(ctx context.Context) error {
		_ = lasting(nil)(ctx)
		runtime.Goexit()
		return nil
	})
	burst := skein.New(context.Background(), skein.Name("burst"))
	burst.GoNamed("bang", func(ctx context.Context) error {
		_ = lasting(nil)(ctx)
		panic("out of ink")
	})
	cut := skein.New(context.Background(), skein.Name("cut"))
	cut.GoNamed("stopped", untilDone)
	cut.GoNamed("breaks", lasting(boom))
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	late := skein.New(ctx, skein.Name("late"))
	late.GoNamed("too slow", untilDone)
	for _, g := range []*skein.Group{ends, cut, late} {
		if g.Wait() == nil {
			t.Error("a group ended well")
		}
	}
	cancel()
	func() {
		defer func() { _ = recover() }() // the worker's panic
		_ = burst.Wait()
	}()
}

func lasting(err error) func(context.Context) error {
	return func(context.Context) error {
		<-time.After(300 * time.Millisecond)
		return err
	}
}

func untilDone(ctx context.Context) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// plantHeld starts workers of these names, each in a group of its name.
func plantHeld(t *testing.T, names ...string) {
	t.Helper()
	end := make(chan struct{})
	var groups []*skein.Group
	for _, name := range names {
		g := skein.New(context.Background(), skein.Name(name))
		g.GoNamed(name, func(context.Context) error {
			<-end
			return nil
		})
		groups = append(groups, g)
	}
	t.Cleanup(func() {
		close(end)
		for _, g := range groups {
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
		}
	})
}
