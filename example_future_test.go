package skein_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/skein"
)

// size gives a task that returns the size of a picture.
func size(picture string) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		return 1000 * len(picture), thumbnail(ctx, picture)
	}
}

func ExampleSpawn() {
	err := skein.Run(ctx, func(g *skein.Group) error {
		cat := skein.Spawn(g, size("cat.jpg"))
		lion := skein.Spawn(g, size("lion.jpg"))
		c, err := cat.Wait(g.Context())
		if err != nil {
			return err
		}
		l, err := lion.Wait(g.Context())
		fmt.Println(c+l, "bytes")
		return err
	})
	fmt.Println(err)
	// Output:
	// 15000 bytes
	// <nil>
}

// A value that several tasks need is made once, by a task of its own.
func ExampleFuture() {
	g := skein.New(ctx)
	palette := skein.Spawn(g, func(context.Context) ([]string, error) {
		return []string{"amber", "black"}, nil
	})
	cat := skein.Spawn(g, func(ctx context.Context) (string, error) {
		colours, err := palette.Wait(ctx)
		return "a cat in " + strings.Join(colours, " and "), err
	})
	dog := skein.Spawn(g, func(ctx context.Context) (string, error) {
		colours, err := palette.Wait(ctx)
		return "a dog in " + strings.Join(colours, " and "), err
	})
	fmt.Println(cat.Wait(ctx))
	fmt.Println(dog.Wait(ctx))
	fmt.Println(g.Wait())
	// Output:
	// a cat in amber and black <nil>
	// a dog in amber and black <nil>
	// <nil>
}

// Under a limit a task that waits for another task of its own group holds a
// place that the other may need. A child group has its own limit, here none.
func ExampleFuture_childGroup() {
	err := skein.Run(ctx, func(g *skein.Group) error {
		for _, album := range [][]string{{"cat.jpg", "lion.jpg"}, {"dog.jpg"}} {
			g.Go(func(ctx context.Context) error {
				parts := g.Group()
				var sizes []*skein.Future[int]
				for _, picture := range album {
					sizes = append(sizes, skein.Spawn(parts, size(picture)))
				}
				total := 0
				for _, s := range sizes {
					n, err := s.Wait(ctx)
					if err != nil {
						return err
					}
					total += n
				}
				fmt.Println(album[0], total)
				return parts.Wait()
			})
		}
		return nil
	}, skein.Limit(1))
	fmt.Println(err)
	// Output:
	// cat.jpg 15000
	// dog.jpg 7000
	// <nil>
}

func ExampleFuture_Wait() {
	g := skein.New(ctx, skein.Limit(1))
	printed := make(chan bool)
	page := skein.Spawn(g, func(context.Context) (int, error) { <-printed; return 7, nil })

	soon, cancel := context.WithTimeoutCause(ctx, time.Millisecond, errors.New("not yet"))
	defer cancel()
	fmt.Println(page.Wait(soon))
	close(printed)
	fmt.Println(page.Wait(ctx))

	g.Cancel(errors.New("out of paper"))
	fmt.Println(skein.Spawn(g, size("cat.jpg")).Wait(ctx)) // is never called
	fmt.Println(g.Wait())
	// Output:
	// 0 not yet
	// 7 <nil>
	// 0 out of paper
	// out of paper
}

func ExampleFuture_Done() {
	g := skein.New(ctx)
	slow := skein.Spawn(g, func(ctx context.Context) (int, error) { return 0, untilCancelled(ctx) })
	fast := skein.Spawn(g, size("cat.jpg"))
	select {
	case <-slow.Done():
		fmt.Println("slow")
	case <-fast.Done():
		fmt.Println(fast.Wait(ctx))
	}
	g.Cancel(nil)
	fmt.Println(g.Wait())
	// Output:
	// 7000 <nil>
	// context canceled
}
