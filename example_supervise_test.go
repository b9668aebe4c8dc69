package skein_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"example.com/skein"
)

var errHungUp = errors.New("the gallery hung up")

// follow tells the news of a gallery, which hangs up now and then.
func follow(ctx context.Context) error {
	n := skein.Attempt(ctx)
	fmt.Println("connected, attempt", n)
	switch n {
	case 1:
		return errHungUp
	case 2:
		panic("news of a kind that nobody foresaw")
	}
	return nil // the gallery has closed for the night
}

func ExampleSupervise() {
	g := skein.New(ctx)
	skein.Supervise(g, "news", follow, skein.Restart{Backoff: skein.Backoff{First: 1}})
	fmt.Println(g.Wait())
	// Output:
	// connected, attempt 1
	// connected, attempt 2
	// connected, attempt 3
	// <nil>
}

// What fails too often takes the group down with it.
func ExampleSupervise_givingUp() {
	g := skein.New(ctx)
	skein.Supervise(g, "news", func(context.Context) error { return errHungUp }, skein.Restart{Backoff: shortly})
	g.Go(untilCancelled)
	err := g.Wait()
	fmt.Println(err)
	fmt.Println(errors.Is(err, errHungUp))
	// Output:
	// skein: news: gave up after 3 attempts: the gallery hung up
	// true
}

// Restarts are silent unless somebody asks to be told.
func ExampleRestart() {
	g := skein.New(ctx)
	skein.Supervise(g, "news", follow, skein.Restart{
		Backoff: shortly,
		Failed: func(attempt int, err error) {
			var panicked *skein.PanicError
			if errors.As(err, &panicked) {
				err = fmt.Errorf("panic: %v", panicked.Value)
			}
			fmt.Println("attempt", attempt, "failed:", err)
		},
	})
	fmt.Println(g.Wait())
	// Output:
	// connected, attempt 1
	// attempt 1 failed: the gallery hung up
	// connected, attempt 2
	// attempt 2 failed: panic: news of a kind that nobody foresaw
	// connected, attempt 3
	// <nil>
}

// A server is ready when it listens: whoever is started after it can connect.
func ExampleGroup_Start() {
	g := skein.New(ctx)
	var address string
	err := g.Start(func(ctx context.Context, ready func()) error {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err // Start returns it
		}
		address = listener.Addr().String()
		ready()
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		fmt.Fprint(conn, "a cat")
		return errors.Join(conn.Close(), listener.Close())
	})
	fmt.Println("ready:", err)

	g.Go(func(context.Context) error {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		picture, err := io.ReadAll(conn)
		fmt.Printf("got %s\n", picture)
		return errors.Join(err, conn.Close())
	})
	fmt.Println(g.Wait())
	// Output:
	// ready: <nil>
	// got a cat
	// <nil>
}

// What ends before it is ready does not keep Start waiting.
func ExampleGroup_Start_failing() {
	g := skein.New(ctx)
	fmt.Println(g.Start(func(context.Context, func()) error { return errHungUp }))
	fmt.Println(g.Wait()) // it is the group's failure too
	// Output:
	// the gallery hung up
	// the gallery hung up
}
