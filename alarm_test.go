package skein_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// These tests need processes of their own: they crash. And the real clock: the
// grace is off in a bubble. Their grace is shorter, so that they end soon.

const (
	soon  = 50 * time.Millisecond
	never = time.Hour
)

func TestTheGraceOfAPanic(t *testing.T) {
	if d := skein.SetGrace(10 * time.Second); d != 10*time.Second {
		t.Errorf("it is %v, want 10s", d)
	}
}

func TestAPanicThatNoWaitTakes(t *testing.T) {
	t.Run("crashes when the grace has passed, with the worker's stack", func(t *testing.T) {
		wantCrash(t, func() {
			skein.SetGrace(soon)
			g := skein.New(context.Background())
			g.GoNamed("cat.jpg", loadPicture)
			<-time.After(time.Minute)
			fmt.Println(g.Len())
		}, "skein: a worker panicked and no Wait took it", "cat.jpg panicked: broken", "skein_test.loadPicture(")
	})
	t.Run("crashes in a child group too", func(t *testing.T) {
		wantCrash(t, func() {
			skein.SetGrace(soon)
			var g skein.Group
			g.Group().GoNamed("cat.jpg", loadPicture)
			<-time.After(time.Minute)
			fmt.Println(g.Len())
		}, "skein: a worker panicked and no Wait took it", "cat.jpg panicked: broken")
	})
	t.Run("crashes when its group is dropped", func(t *testing.T) {
		wantCrash(t, func() {
			skein.SetGrace(never)
			func() {
				g := skein.New(context.Background())
				g.GoNamed("cat.jpg", loadPicture)
				<-g.Context().Done()
			}()
			collectFor(time.Minute)
		}, "skein: a worker panicked and its group was dropped without Wait", "skein_test.loadPicture(")
	})
	t.Run("crashes when the value leads back to the group that is dropped", func(t *testing.T) {
		wantCrash(t, func() {
			skein.SetGrace(never)
			func() {
				g := new(skein.Group)
				g.Go(burst(g))
				<-g.Context().Done()
			}()
			collectFor(time.Minute)
		}, "dropped without Wait")
	})
	t.Run("crashes when a group of a bubble is dropped", func(t *testing.T) {
		wantCrash(t, func() {
			skein.SetGrace(soon)
			synctest.Test(t, func(*testing.T) {
				var g skein.Group
				g.GoNamed("cat.jpg", loadPicture)
				synctest.Wait()
			})
			collectFor(time.Minute)
		}, "dropped without Wait", "skein_test.loadPicture(")
	})
	t.Run("crashes when a WaitContext has given up and nobody came after it", func(t *testing.T) {
		wantCrash(t, func() {
			skein.SetGrace(soon)
			var g skein.Group
			end := make(chan struct{})
			g.Go(until(end))
			g.Go(loadPicture)
			ctx, cancel := context.WithTimeout(context.Background(), 3*soon)
			defer cancel()
			fmt.Println(g.WaitContext(ctx))
			<-time.After(time.Minute)
			close(end)
		}, "1 still running", "no Wait took it")
	})
}

// collectFor collects garbage for at most d: cleanups run some time after.
func collectFor(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		runtime.GC()
		<-time.After(time.Millisecond)
	}
}

func TestAPanicThatIsTaken(t *testing.T) {
	t.Run("does not crash later", func(t *testing.T) {
		wantCalm(t, func() {
			skein.SetGrace(soon)
			func() {
				var g skein.Group
				g.Go(loadPicture)
				panicOf(t, g.Wait)
			}()
			collectFor(3 * soon)
		})
	})
	t.Run("does not crash while a Wait blocks", func(t *testing.T) {
		wantCalm(t, func() {
			skein.SetGrace(soon)
			var g skein.Group
			g.Go(func(ctx context.Context) error {
				<-ctx.Done()
				<-time.After(3 * soon)
				return nil
			})
			g.Go(loadPicture)
			<-g.Context().Done() // the alarm is set
			panicOf(t, g.Wait)
		})
	})
	t.Run("does not crash while a Wait of the parent, or a WaitContext, blocks", func(t *testing.T) {
		wantCalm(t, func() {
			skein.SetGrace(soon)
			var g skein.Group
			g.Go(func(context.Context) error {
				<-time.After(3 * soon)
				return nil
			})
			child := g.Group()
			child.Go(loadPicture)
			<-child.Context().Done() // the alarm is set
			panicOf(t, func() error { return g.WaitContext(context.Background()) })
		})
	})
	t.Run("by the parent's Wait does not crash when the child is dropped", func(t *testing.T) {
		wantCalm(t, func() {
			skein.SetGrace(never)
			func() {
				var g skein.Group
				g.Group().Go(loadPicture)
				panicOf(t, g.Wait)
			}()
			collectFor(3 * soon)
		})
	})
	t.Run("by Run does not crash, however long its body takes", func(t *testing.T) {
		wantCalm(t, func() {
			skein.SetGrace(soon)
			panicOf(t, func() error {
				return skein.Run(context.Background(), func(g *skein.Group) error {
					g.Go(loadPicture)
					g.Group().Go(loadPicture)
					<-time.After(3 * soon)
					return nil
				})
			})
		})
	})
	bubble.Run(t, "in a bubble may be taken an hour later", func(t *testing.T) {
		var g skein.Group
		g.Go(loadPicture)
		<-time.After(time.Hour)
		panicOf(t, g.Wait)
	})
}

func TestCrashOnPanic(t *testing.T) {
	t.Run("crashes at once, from the worker's stack, and lets no Wait go", func(t *testing.T) {
		wantCrash(t, func() {
			skein.SetGrace(never)
			g := skein.New(context.Background(), skein.CrashOnPanic())
			g.Go(loadPicture)
			_ = g.Wait()
			os.Exit(0)
		}, "panic: broken", "skein_test.loadPicture(")
	})
	t.Run("crashes at the panic of an observer", func(t *testing.T) {
		for _, outcome := range []skein.Outcome{"", skein.Succeeded} {
			t.Run("at "+string(outcome), func(t *testing.T) {
				wantCrash(t, func() { crashInObserver(outcome, succeed) }, "panic: seen")
			})
		}
		t.Run("at goexit", func(t *testing.T) {
			wantCrash(t, func() { crashInObserver(skein.Goexited, quit) }, "panic: seen")
		})
		t.Run("at skipped", func(t *testing.T) {
			wantCrash(t, func() { crashInObserver(skein.Skipped, boom) }, "panic: seen")
		})
	})
}

func crashInObserver(outcome skein.Outcome, f task) {
	g := skein.New(context.Background(), skein.CrashOnPanic(), skein.Limit(1), skein.Observe(func(e skein.Event) {
		if e.Outcome == outcome {
			panic("seen")
		}
	}))
	both := make(chan bool)
	g.Go(func(ctx context.Context) error {
		<-both
		return f(ctx)
	})
	g.Go(f)
	close(both)
	_ = g.Wait()
	os.Exit(0)
}

func TestAPanicNeverEndsWithStatusZero(t *testing.T) {
	// The race that let programs end with status 0 is lost once in thirty
	// runs by a plain deferred Done: as many runs are one test.
	const runs = 30
	t.Run("through Wait", func(t *testing.T) {
		for range runs {
			wantCrash(t, func() {
				var g skein.Group
				g.Go(loadPicture)
				_ = g.Wait()
				os.Exit(0)
			}, "broken")
		}
	})
	t.Run("through WaitGroup.Go", func(t *testing.T) {
		for range runs {
			wantCrash(t, func() {
				var wg skein.WaitGroup
				for range 10 {
					wg.Go(func() { panic("broken") })
				}
				wg.Wait()
				os.Exit(0)
			}, "broken")
		}
	})
}
