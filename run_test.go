package skein_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestRun(t *testing.T) {
	bubble.Run(t, "it returns when every worker has ended", func(t *testing.T) {
		start := time.Now()
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			for i := range 10 {
				g.Go(lasting(time.Duration(i)*time.Second, nil))
			}
			return nil
		}, skein.Limit(10))
		wantErr(t, err, nil)
		if d := time.Since(start); d != 9*time.Second {
			t.Errorf("took %v, want 9s", d)
		}
	})
	bubble.Run(t, "its group has ended when it returns", func(t *testing.T) {
		var escaped *skein.Group
		wantErr(t, skein.Run(t.Context(), func(g *skein.Group) error {
			escaped = g
			return nil
		}), nil)
		wantErr(t, escaped.Context().Err(), context.Canceled)
		wantPanic(t, hasEnded, func() { escaped.Go(succeed) })
	})
	bubble.Run(t, "a task's failure is returned, as it is", func(t *testing.T) {
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			g.Go(boom)
			<-g.Context().Done()
			return g.Context().Err() // an echo
		})
		wantErr(t, err, errBoom)
	})
	bubble.Run(t, "a task may call Run itself", func(t *testing.T) {
		var depth func(n int) task
		depth = func(n int) task {
			return func(ctx context.Context) error {
				if n == 0 {
					return errBoom
				}
				return skein.Run(ctx, func(g *skein.Group) error {
					g.Go(untilDone)
					g.Go(depth(n - 1))
					return nil
				}, skein.Limit(2))
			}
		}
		wantErr(t, depth(20)(t.Context()), errBoom)
	})
	bubble.Run(t, "a panic in an inner Run comes out of the outer one, with both stacks to be found", func(t *testing.T) {
		p := panicOf(t, func() error {
			return skein.Run(t.Context(), func(outer *skein.Group) error {
				outer.GoNamed("outer", func(ctx context.Context) error {
					return skein.Run(ctx, func(inner *skein.Group) error {
						inner.GoNamed("inner", burst(errBoom))
						return nil
					})
				})
				return nil
			})
		})
		inner, ok := p.Value.(*skein.PanicError)
		if !ok || p.Name != "outer" || inner.Name != "inner" || !errors.Is(p, errBoom) {
			t.Errorf("got %v", p)
		}
	})
}

func TestRunsBody(t *testing.T) {
	bubble.Run(t, "that is nil makes no sense", func(t *testing.T) {
		wantPanic(t, "skein: nil function", func() { _ = skein.Run(t.Context(), nil) })
	})
	bubble.Run(t, "its error cancels the group and is returned", func(t *testing.T) {
		for _, opts := range [][]skein.Option{nil, {skein.KeepGoing()}, {skein.FirstSuccess()}} {
			err := skein.Run(t.Context(), func(g *skein.Group) error {
				g.Go(untilDone)
				synctest.Wait()
				return errBoom
			}, opts...)
			wantErr(t, err, errBoom)
		}
	})
	bubble.Run(t, "its error counts as submitted last", func(t *testing.T) {
		last := errors.New("body")
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			g.Go(func(ctx context.Context) error {
				<-ctx.Done()
				return errBoom
			})
			synctest.Wait()
			return last
		}, skein.KeepGoing())
		wantErrs(t, err, errBoom, last)
	})
	bubble.Run(t, "a task that failed first is the first failure", func(t *testing.T) {
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			g.Go(boom)
			synctest.Wait()
			return errors.New("body")
		})
		wantErr(t, err, errBoom)
	})
	bubble.Run(t, "a success satisfies FirstSuccess, whatever the body returns", func(t *testing.T) {
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			g.Go(succeed)
			synctest.Wait()
			return errBoom
		}, skein.FirstSuccess())
		wantErr(t, err, nil)
	})
	bubble.Run(t, "its panic goes on, when every worker has ended", func(t *testing.T) {
		ended := false
		v := thrown(func() {
			_ = skein.Run(t.Context(), func(g *skein.Group) error {
				g.Go(func(ctx context.Context) error {
					<-ctx.Done()
					<-time.After(time.Hour)
					ended = true
					return nil
				})
				synctest.Wait()
				panic(errBoom)
			})
		})
		if v != errBoom || !ended {
			t.Errorf("panicked with %v, worker ended: %t", v, ended)
		}
	})
	bubble.Run(t, "its Goexit goes on, when every worker has ended", func(t *testing.T) {
		ended, left := false, make(chan bool)
		go func() {
			defer func() { left <- recover() == nil && ended }()
			_ = skein.Run(t.Context(), func(g *skein.Group) error {
				g.Go(func(ctx context.Context) error {
					<-ctx.Done()
					<-time.After(time.Hour)
					ended = true
					return errBoom
				})
				synctest.Wait()
				runtime.Goexit()
				return nil
			})
			t.Error("Run returned after a Goexit")
		}()
		if !<-left {
			t.Error("Run was left before its worker had ended, or panicked")
		}
	})
	bubble.Run(t, "if worker and body panic the worker's is thrown", func(t *testing.T) {
		p := panicOf(t, func() error {
			return skein.Run(t.Context(), func(g *skein.Group) error {
				g.Go(burst("worker"))
				<-g.Context().Done()
				panic("body")
			})
		})
		if p.Value != "worker" {
			t.Errorf("got %v", p)
		}
	})
	bubble.Run(t, "a worker that panics after the body's Goexit is told", func(t *testing.T) {
		told := make(chan any)
		go func() {
			defer func() { told <- recover() }()
			_ = skein.Run(t.Context(), func(g *skein.Group) error {
				g.Go(func(ctx context.Context) error {
					<-ctx.Done()
					panic("worker")
				})
				synctest.Wait()
				runtime.Goexit()
				return nil
			})
		}()
		if p, ok := (<-told).(*skein.PanicError); !ok || p.Value != "worker" {
			t.Errorf("got %v", p)
		}
	})
	bubble.Run(t, "it may wait for the group itself", func(t *testing.T) {
		for _, want := range []error{nil, errBoom} {
			err := skein.Run(t.Context(), func(g *skein.Group) error {
				g.Go(lasting(time.Second, want))
				return g.Wait()
			})
			wantErr(t, err, want)
			err = skein.Run(t.Context(), func(g *skein.Group) error {
				g.Go(lasting(time.Second, want))
				_ = g.Wait()
				return nil
			})
			wantErr(t, err, want)
		}
	})
	bubble.Run(t, "its own error is returned where it has waited", func(t *testing.T) {
		own := fmt.Errorf("own: %w", errBoom)
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			g.Go(boom)
			if err := g.Wait(); err != errBoom {
				t.Errorf("Wait returned %v", err)
			}
			return own
		})
		wantErr(t, err, own)
	})
	bubble.Run(t, "a panic that it has taken from Wait comes out of Run all the same", func(t *testing.T) {
		p := panicOf(t, func() error {
			return skein.Run(t.Context(), func(g *skein.Group) error {
				g.Go(burst("worker"))
				panicOf(t, g.Wait)
				return errBoom
			})
		})
		if p.Value != "worker" {
			t.Errorf("got %v", p)
		}
	})
	bubble.Run(t, "it may cancel, and the cause is returned", func(t *testing.T) {
		err := skein.Run(t.Context(), func(g *skein.Group) error {
			g.Go(untilDone)
			synctest.Wait()
			g.Cancel(errBoom)
			return nil
		})
		wantErr(t, err, errBoom)
	})
	bubble.Run(t, "an error whose Is method panics does not let it leave its workers behind", func(t *testing.T) {
		ended := false
		v := thrown(func() {
			_ = skein.Run(t.Context(), func(g *skein.Group) error {
				g.Go(func(ctx context.Context) error {
					<-ctx.Done()
					<-time.After(time.Hour)
					ended = true
					return nil
				})
				synctest.Wait()
				g.Cancel(nil)
				return evil(func() { panic("in Is") })
			})
		})
		if v != "in Is" || !ended {
			t.Errorf("panicked with %v, worker ended: %t", v, ended)
		}
	})
}
