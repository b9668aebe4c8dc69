package skein_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"example.com/skein"
)

// The bodies below stand in README.md word by word; a test compares them.

var ctx = context.Background()

// thumbnail stands for work on a picture.
func thumbnail(ctx context.Context, picture string) error {
	if picture == "eel.txt" {
		return errors.New("eel.txt: not a picture")
	}
	return ctx.Err()
}

var pictures = []string{"cat.jpg", "dog.jpg", "eel.txt"}

// folders maps a folder to those in it.
var folders = map[string][]string{"pictures": {"cats", "dogs"}, "dogs": {"puppies"}}

func Example_readmeErrorsToday() {
	var (
		wg    sync.WaitGroup
		slots = make(chan struct{}, 10)
		once  sync.Once
		first error
	)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, picture := range pictures {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := thumbnail(ctx, picture); err != nil {
				once.Do(func() { first = err; cancel() })
			}
		})
	}
	wg.Wait()
	if first != nil {
		fmt.Println("failed")
	}
	// Output: failed
}

func Example_readmeErrors() {
	err := skein.Run(ctx, func(g *skein.Group) error {
		for _, picture := range pictures {
			g.Go(func(ctx context.Context) error { return thumbnail(ctx, picture) })
		}
		return nil
	}, skein.Limit(10))
	fmt.Println(err)
	// Output: eel.txt: not a picture
}

func Example_readmeWalk() {
	var seen atomic.Int64
	g := skein.New(ctx, skein.Limit(1))
	var visit func(folder string) func(context.Context) error
	visit = func(folder string) func(context.Context) error {
		return func(context.Context) error {
			seen.Add(1)
			for _, inner := range folders[folder] {
				g.Go(visit(inner)) // from a worker of the same full group
			}
			return nil
		}
	}
	g.Go(visit("pictures"))
	fmt.Println(g.Wait(), seen.Load())
	// Output: <nil> 4
}

func Example_readmeMap() {
	sizes, err := skein.Map(ctx, pictures, func(ctx context.Context, picture string) (int, error) {
		return len(picture), thumbnail(ctx, picture)
	}, skein.KeepGoing())
	fmt.Println(sizes, err)
	// Output: [7 7 0] item 2: eel.txt: not a picture
}

func Example_readmeStream() {
	names := func(yield func(string) bool) { // a source without an end
		for i := 1; yield(fmt.Sprintf("%d.jpg", i)); i++ {
		}
	}
	for size, err := range skein.Stream(ctx, names, func(ctx context.Context, picture string) (int, error) {
		return len(picture), thumbnail(ctx, picture)
	}) {
		fmt.Println(size, err)
		break // stops the source and all workers, and waits for them
	}
	// Output: 5 <nil>
}

func Example_readmeStuck() {
	g := skein.New(ctx)
	ready, printer := make(chan bool), make(chan string)
	g.GoNamed("cat.jpg", func(ctx context.Context) error {
		close(ready)
		select {
		case printer <- "cat.jpg": // nobody listens
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	<-ready

	soon, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	var still *skein.StillRunning
	if errors.As(g.WaitContext(soon), &still) {
		for _, worker := range still.Workers {
			fmt.Println(worker.Name, "has not ended")
		}
	}
	g.Cancel(errors.New("the printer is off"))
	fmt.Println(g.Wait())
	// Output:
	// cat.jpg has not ended
	// the printer is off
}
