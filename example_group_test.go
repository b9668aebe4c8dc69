package skein_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"example.com/skein"
)

// shrink gives a task that makes the thumbnail of one picture.
func shrink(picture string) func(context.Context) error {
	return func(ctx context.Context) error { return thumbnail(ctx, picture) }
}

// untilCancelled is a task that only a cancellation ends.
func untilCancelled(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// begins gives a task that says when it runs, and then runs until cancelled.
func begins(begun chan<- bool) func(context.Context) error {
	return func(ctx context.Context) error {
		begun <- true
		return untilCancelled(ctx)
	}
}

// cancelled is a context for those who will not wait at all.
func cancelled() context.Context {
	gone, cancel := context.WithCancelCause(ctx)
	cancel(errors.New("out of patience"))
	return gone
}

func ExampleRun() {
	err := skein.Run(ctx, func(g *skein.Group) error {
		g.Go(shrink("cat.jpg"))
		g.Go(shrink("dog.jpg"))
		return nil
	})
	fmt.Println("all have ended:", err)
	// Output: all have ended: <nil>
}

func ExampleRun_panic() {
	defer func() {
		panicked := recover().(*skein.PanicError)
		fmt.Println(panicked.Name, "panicked:", panicked.Value)
	}()
	skein.Run(ctx, func(g *skein.Group) error {
		g.Go(untilCancelled) // the panic cancels it
		g.GoNamed("cat.jpg", func(context.Context) error { panic("no such colour") })
		return nil
	})
	// Output: cat.jpg panicked: no such colour
}

func ExamplePanicError() {
	broken := errors.New("broken header")
	defer func() {
		err := recover().(error)
		var panicked *skein.PanicError
		fmt.Println(errors.As(err, &panicked), errors.Is(err, broken))
	}()
	g := skein.New(ctx)
	g.Go(func(context.Context) error { panic(broken) })
	g.Wait()
	// Output: true true
}

func ExampleNew() {
	g := skein.New(ctx, skein.Name("thumbs"), skein.Limit(2))
	for _, picture := range []string{"cat.jpg", "dog.jpg"} {
		g.Go(shrink(picture))
	}
	fmt.Println(g.Wait())
	// Output: <nil>
}

func ExampleGroup_zero() {
	var g skein.Group
	g.Go(shrink("cat.jpg"))
	fmt.Println(g.Wait())
	// Output: <nil>
}

func ExampleGroup_Go() {
	g := skein.New(ctx)
	g.Go(shrink("eel.txt"))
	<-g.Context().Done() // the failure cancels the group
	fmt.Println("started:", g.Go(shrink("cat.jpg")))
	fmt.Println(g.Wait())
	// Output:
	// started: false
	// eel.txt: not a picture
}

func ExampleGroup_GoNamed() {
	g := skein.New(ctx)
	begun := make(chan bool)
	g.GoNamed("cat.jpg", begins(begun))
	<-begun

	var still *skein.StillRunning
	if errors.As(g.WaitContext(cancelled()), &still) {
		fmt.Println(still.Workers[0].Name, "still runs:", still.Err)
	}
	g.Cancel(nil)
	fmt.Println(g.Wait())
	// Output:
	// cat.jpg still runs: out of patience
	// context canceled
}

func ExampleGroup_TryGo() {
	g := skein.New(ctx, skein.Limit(1))
	g.Go(untilCancelled)
	fmt.Println("room:", g.TryGo(shrink("cat.jpg")))
	g.SetLimit(2)
	fmt.Println("room:", g.TryGo(untilCancelled))
	g.Cancel(errors.New("enough"))
	fmt.Println(g.Wait())
	// Output:
	// room: false
	// room: true
	// enough
}

func ExampleGroup_SetLimit() {
	g := skein.New(ctx, skein.Limit(1))
	ready := make(chan bool)
	g.Go(func(context.Context) error { ready <- true; return nil })
	g.Go(func(context.Context) error { <-ready; return nil }) // queued: the first waits for it
	g.SetLimit(2)
	fmt.Println(g.Wait())
	// Output: <nil>
}

func ExampleGroup_Cancel() {
	g := skein.New(ctx)
	g.Go(untilCancelled)
	g.Cancel(errors.New("the disk is full"))
	fmt.Println(g.Wait())
	// Output: the disk is full
}

func ExampleGroup_Context() {
	g := skein.New(ctx)
	g.Go(shrink("eel.txt"))
	<-g.Context().Done()
	fmt.Println("because of", context.Cause(g.Context()))
	g.Wait()
	// Output: because of eel.txt: not a picture
}

func ExampleGroup_Wait() {
	g := skein.New(ctx)
	g.Go(shrink("eel.txt"))
	fmt.Println(g.Wait())
	fmt.Println(g.Wait()) // the same again
	// Output:
	// eel.txt: not a picture
	// eel.txt: not a picture
}

func ExampleGroup_WaitContext() {
	g := skein.New(ctx)
	printing, printed := make(chan bool), make(chan bool)
	g.GoNamed("cat.jpg", func(context.Context) error {
		close(printing)
		<-printed
		return nil
	})

	<-printing
	soon, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	var still *skein.StillRunning
	if err := g.WaitContext(soon); errors.As(err, &still) {
		fmt.Println(len(still.Workers), "still running:", errors.Is(err, context.DeadlineExceeded))
	}
	close(printed)
	fmt.Println(g.WaitContext(ctx))
	// Output:
	// 1 still running: true
	// <nil>
}

func ExampleStillRunning() {
	g := skein.New(ctx, skein.Limit(1))
	begun := make(chan bool)
	g.GoNamed("cat.jpg", begins(begun))
	g.GoNamed("dog.jpg", untilCancelled)
	<-begun

	var still *skein.StillRunning
	if errors.As(g.WaitContext(cancelled()), &still) {
		for _, worker := range still.Workers {
			fmt.Println("running:", worker.Name)
		}
		fmt.Println("queued:", still.Queued)
	}
	g.Cancel(nil)
	g.Wait()
	// Output:
	// running: cat.jpg
	// queued: 1
}

func ExampleGroup_Len() {
	g := skein.New(ctx, skein.Limit(1))
	for range 3 {
		g.Go(untilCancelled)
	}
	fmt.Println(g.Len(), "running or queued")
	g.Cancel(nil)
	g.Wait()
	fmt.Println(g.Len())
	// Output:
	// 3 running or queued
	// 0
}

func ExampleGroup_Stats() {
	g := skein.New(ctx, skein.KeepGoing())
	for _, picture := range []string{"cat.jpg", "eel.txt", "dog.jpg"} {
		g.Go(shrink(picture))
	}
	g.Wait()
	stats := g.Stats()
	fmt.Println(stats.Succeeded, "succeeded,", stats.Failed, "failed")
	// Output: 2 succeeded, 1 failed
}

func ExampleGroup_Group() {
	err := skein.Run(ctx, func(g *skein.Group) error {
		thumbs := g.Group(skein.Name("thumbs"))
		thumbs.Go(shrink("eel.txt"))
		fmt.Println("thumbs:", thumbs.Wait()) // taken here, so it is not the parent's
		g.Go(shrink("cat.jpg"))
		return nil
	})
	fmt.Println("all:", err)
	// Output:
	// thumbs: eel.txt: not a picture
	// all: <nil>
}

func ExampleLimit() {
	var running, most atomic.Int64
	skein.Run(ctx, func(g *skein.Group) error {
		for range 100 {
			g.Go(func(context.Context) error {
				if now := running.Add(1); now > most.Load() {
					most.Store(now)
				}
				running.Add(-1)
				return nil
			})
		}
		return nil
	}, skein.Limit(1))
	fmt.Println("at most", most.Load(), "at a time")
	// Output: at most 1 at a time
}

func ExampleBacklog() {
	g := skein.New(ctx, skein.Limit(1), skein.Backlog(0))
	open := 0 // files, in a program that opens each before it calls Go
	most := 0
	for range 100 {
		g.Go(func(context.Context) error { return nil }) // blocks while one runs
		open = g.Len()
		most = max(most, open)
	}
	fmt.Println(g.Wait(), most <= 1)
	// Output: <nil> true
}

func ExampleName() {
	g := skein.New(ctx, skein.Name("thumbs"))
	begun := make(chan bool)
	g.GoNamed("cat.jpg", begins(begun))
	<-begun
	var still *skein.StillRunning
	if errors.As(g.WaitContext(cancelled()), &still) {
		fmt.Println(still.Group, still.Workers[0].Name)
	}
	g.Cancel(nil)
	g.Wait()
	// Output: thumbs cat.jpg
}

func ExampleKeepGoing() {
	err := skein.Run(ctx, func(g *skein.Group) error {
		g.Go(shrink("eel.txt"))
		g.Go(shrink("cat.jpg"))
		g.Go(func(context.Context) error { return errors.New("dog.jpg: too big") })
		return nil
	}, skein.KeepGoing())
	fmt.Println(err)
	// Output:
	// eel.txt: not a picture
	// dog.jpg: too big
}

func ExampleFirstSuccess() {
	err := skein.Run(ctx, func(g *skein.Group) error {
		g.Go(untilCancelled) // a mirror that never answers
		g.Go(shrink("eel.txt"))
		g.Go(shrink("cat.jpg"))
		return nil
	}, skein.FirstSuccess())
	fmt.Println(err)
	// Output: <nil>
}

func ExampleCrashOnPanic() {
	// A panic would end the program here, and no Wait would return before.
	g := skein.New(ctx, skein.CrashOnPanic())
	g.Go(shrink("cat.jpg"))
	fmt.Println(g.Wait())
	// Output: <nil>
}

func ExampleDedicated() {
	// Each task has a goroutine of its own, so that it may lock its thread.
	g := skein.New(ctx, skein.Dedicated())
	g.Go(shrink("cat.jpg"))
	fmt.Println(g.Wait())
	// Output: <nil>
}

func ExampleObserve() {
	ended := make(chan string, 2)
	skein.Run(ctx, func(g *skein.Group) error {
		g.GoNamed("cat.jpg", shrink("cat.jpg"))
		g.GoNamed("eel.txt", shrink("eel.txt"))
		return nil
	}, skein.KeepGoing(), skein.Observe(func(e skein.Event) {
		if e.Outcome != "" { // else it has started
			ended <- fmt.Sprint(e.Name, " ", e.Outcome)
		}
	}))
	told := []string{<-ended, <-ended}
	slices.Sort(told)
	fmt.Println(told)
	// Output: [cat.jpg succeeded eel.txt failed]
}

func ExampleWorker() {
	g := skein.New(ctx)
	begun := make(chan bool)
	g.GoNamed("cat.jpg", begins(begun))
	<-begun
	var still *skein.StillRunning
	if errors.As(g.WaitContext(cancelled()), &still) {
		worker := still.Workers[0]
		fmt.Printf("worker %d, %s\n", worker.Number, worker.Name)
	}
	g.Cancel(nil)
	g.Wait()
	// Output: worker 1, cat.jpg
}
