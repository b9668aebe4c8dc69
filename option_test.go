package skein_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestKeepGoing(t *testing.T) {
	bubble.Run(t, "all run, and all errors are joined in the order of submission", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing())
		var want []error
		for i := range 10 {
			err := fmt.Errorf("picture %d", i)
			want = append(want, err)
			g.Go(lasting(time.Duration(10-i)*time.Second, err))
			g.Go(succeed)
		}
		wantErrs(t, g.Wait(), want...)
		if s := g.Stats(); s != (skein.Stats{Failed: 10, Succeeded: 10}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "one error comes back as it is", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing())
		g.Go(boom)
		g.Go(succeed)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "an error that looks like a cancellation is a failure where nothing was cancelled", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing())
		g.Go(fail(context.Canceled))
		g.Go(boom)
		wantErrs(t, g.Wait(), context.Canceled, errBoom)
	})
	bubble.Run(t, "echoes of a cancellation are left out", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing())
		g.Go(boom)
		synctest.Wait()
		cause := errors.New("enough")
		g.Go(untilDone)
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return fmt.Errorf("fetch: %w", context.Cause(ctx))
		})
		synctest.Wait()
		g.Cancel(cause)
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Failed: 1, Cancelled: 2}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "cancelled with no failure, Wait returns the cause", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing(), skein.Limit(1))
		g.Go(untilDone)
		g.Go(boom)
		synctest.Wait()
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Cancelled: 1, Skipped: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "a panic cancels even so", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing(), skein.Limit(1))
		g.Go(lasting(time.Second, errBoom))
		g.Go(burst("cat"))
		g.Go(succeed)
		p := panicOf(t, g.Wait)
		if p.Value != "cat" || p.Err != errBoom {
			t.Errorf("got %v with error %v", p.Value, p.Err)
		}
		if s := g.Stats(); s != (skein.Stats{Failed: 1, Panicked: 1, Skipped: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestFirstSuccess(t *testing.T) {
	bubble.Run(t, "the first that succeeds ends the others", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess())
		g.Go(untilDone)
		g.Go(boom)
		g.Go(lasting(time.Second, nil))
		start := time.Now()
		wantErr(t, g.Wait(), nil)
		if d := time.Since(start); d != time.Second {
			t.Errorf("took %v", d)
		}
		if s := g.Stats(); s != (skein.Stats{Succeeded: 1, Failed: 1, Cancelled: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "tasks that are refused or skipped then are no error", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess(), skein.Limit(1))
		g.Go(lasting(time.Second, nil))
		g.Go(boom)
		<-g.Context().Done()
		if g.Go(boom) {
			t.Error("a task was accepted after the success")
		}
		wantErr(t, g.Wait(), nil)
		if s := g.Stats(); s != (skein.Stats{Succeeded: 1, Skipped: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "if none succeeds all errors are joined", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess())
		g.Go(lasting(time.Second, errBoom))
		g.Go(quit)
		wantErrs(t, g.Wait(), errBoom, skein.ErrGoexit)
	})
	bubble.Run(t, "without a task it returns nil", func(t *testing.T) {
		wantErr(t, skein.New(t.Context(), skein.FirstSuccess()).Wait(), nil)
		wantErr(t, skein.Run(t.Context(), func(*skein.Group) error { return nil }, skein.FirstSuccess()), nil)
	})
	bubble.Run(t, "the nil of Run's body is no success", func(t *testing.T) {
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			g.Go(lasting(time.Second, errBoom))
			return nil
		}, skein.FirstSuccess())
		wantErr(t, err, errBoom)
	})
	bubble.Run(t, "cancelled from outside without a success, Wait returns the cause", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess())
		g.Go(untilDone)
		synctest.Wait()
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "a success after a cancellation satisfies it", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		})
		synctest.Wait()
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "a panic before the success is thrown", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		})
		synctest.Wait()
		g.Go(burst("before"))
		if p := panicOf(t, g.Wait); p.Value != "before" || p.Err != nil {
			t.Errorf("got %v", p)
		}
	})
	bubble.Run(t, "a panic after the success is thrown", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			panic("after")
		})
		synctest.Wait()
		g.Go(succeed)
		if p := panicOf(t, g.Wait); p.Value != "after" || p.Err != nil {
			t.Errorf("got %v", p)
		}
	})
}
