package skein_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"example.com/skein"
)

// serveUntilDone serves until ctx is done, and then answers what it has begun
// to, for five seconds at most.
func serveUntilDone(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler}
	return skein.Run(ctx, func(g *skein.Group) error {
		g.Go(func(context.Context) error {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		<-g.Context().Done() // a signal has come, or Serve has failed
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return server.Shutdown(soon)
	})
}

// A server that ends in good order when it gets a SIGTERM: here from its own
// visitor.
func ExampleMain() {
	runMain("ExampleMain", func() {
		skein.Main(func(ctx context.Context) error {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			return skein.Run(ctx, func(g *skein.Group) error {
				g.Go(func(ctx context.Context) error { return serveUntilDone(ctx, listener, http.HandlerFunc(answer)) })
				return visit(listener.Addr().String())
			})
		})
	})
	// Output:
	// a cat
	// exit status 143
}

// answer is slow, and the signal comes in the middle of it.
func answer(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, "a ")
	raise(syscall.SIGTERM)
	<-time.After(10 * time.Millisecond)
	fmt.Fprintln(w, "cat")
}

func visit(address string) error {
	response, err := http.Get("http://" + address)
	if err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, response.Body)
	return errors.Join(err, response.Body.Close())
}

// An error ends the program with status 1, and is written.
func ExampleMain_failing() {
	runMain("ExampleMain_failing", func() {
		skein.Main(func(ctx context.Context) error { return thumbnail(ctx, "eel.txt") })
	})
	// Output:
	// gallery: eel.txt: not a picture
	// exit status 1
}

// A container is killed ten seconds after docker stop. What has to be put in
// order before gets a little less.
func ExampleGrace() {
	runMain("ExampleGrace", func() {
		skein.Main(func(ctx context.Context) error {
			raise(os.Interrupt)
			<-ctx.Done()
			fmt.Println("the pictures are put away")
			return nil
		}, skein.Grace(8*time.Second))
	})
	// Output:
	// the pictures are put away
	// exit status 130
}

func ExampleMainOption() {
	options := []skein.MainOption{skein.Grace(time.Minute)}
	runMain("ExampleMainOption", func() {
		skein.Main(func(ctx context.Context) error { return thumbnail(ctx, "cat.jpg") }, options...)
	})
	// Output: exit status 0
}

func ExampleSignalError() {
	runMain("ExampleSignalError", func() {
		skein.Main(func(ctx context.Context) error {
			raise(syscall.SIGTERM)
			<-ctx.Done()
			var stopped skein.SignalError
			if errors.As(context.Cause(ctx), &stopped) {
				fmt.Println("stopped by", stopped.Signal)
			}
			return context.Cause(ctx)
		})
	})
	// Output:
	// stopped by terminated
	// exit status 143
}
