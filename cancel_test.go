package skein_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestCancel(t *testing.T) {
	bubble.Run(t, "Wait returns the cause, and tasks find it in their context", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			if context.Cause(ctx) != errBoom {
				t.Errorf("cause %v", context.Cause(ctx))
			}
			return context.Cause(ctx)
		})
		synctest.Wait()
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Cancelled: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "a nil cause means context.Canceled", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Cancel(nil)
		wantErr(t, g.Wait(), context.Canceled)
	})
	bubble.Run(t, "the first cause stays", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Cancel(errBoom)
		g.Cancel(context.DeadlineExceeded)
		wantErr(t, g.Wait(), errBoom)
		wantErr(t, context.Cause(g.Context()), errBoom)
	})
	bubble.Run(t, "the cause is told even if all tasks have succeeded", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(succeed)
		synctest.Wait()
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "after the end it does nothing", func(t *testing.T) {
		g := skein.New(t.Context())
		wantErr(t, g.Wait(), nil)
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), nil)
		wantErr(t, context.Cause(g.Context()), context.Canceled)
	})
	bubble.Run(t, "it does not wait, and may be called by a task", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		g.Go(func(ctx context.Context) error {
			<-time.After(time.Second)
			g.Cancel(errBoom)
			return ctx.Err()
		})
		g.Go(boom)
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Cancelled: 1, Skipped: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
	bubble.Run(t, "a nil is a success even then", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		})
		synctest.Wait()
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Succeeded: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestCancelIsSecond(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	bubble.Run(t, "a Cancel after the parent's cancellation does not change the cause", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		g := skein.New(ctx)
		child := g.Group()
		cancel(first)
		child.Cancel(second)
		g.Cancel(second)
		for _, group := range []*skein.Group{child, g} {
			if cause := context.Cause(group.Context()); cause != first {
				t.Errorf("the context's cause is %v", cause)
			}
			wantErr(t, group.Wait(), first)
		}
	})
	bubble.Run(t, "nor does one of a child after its parent's", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		g.Cancel(first)
		child.Cancel(second)
		wantErr(t, child.Wait(), first)
		wantErr(t, g.Wait(), first)
	})
}
