// Command reliable starts ten workers of which one panics, one calls
// runtime.Goexit and one fails: all ten are counted out, and told.
//
//	go run ./examples/reliable
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"example.com/skein"
)

func main() { reliable(os.Stdout) }

// reliable lets ten goroutines write to w at the same time, a line with each
// call of Write.
func reliable(w io.Writer) {
	g := skein.New(context.Background(), skein.KeepGoing(), skein.Observe(func(e skein.Event) { tell(w, e) }))
	for n := range 10 {
		g.GoNamed(fmt.Sprintf("Worker %d", n+1), func(context.Context) error { return work(n + 1) })
	}
	err := wait(g)
	s := g.Stats()
	fmt.Fprintf(w, "All workers finished: %d succeeded, %d panicked, %d called Goexit, %d failed\n",
		s.Succeeded, s.Panicked, s.Goexited, s.Failed)
	explain(w, err)
}

// work takes a second, and ends in one of four ways.
func work(n int) error {
	time.Sleep(time.Second)
	switch n {
	case 3:
		panic("out of ink")
	case 5:
		runtime.Goexit()
	case 7:
		return errors.New("out of paper")
	}
	return nil
}

// tell says how far a worker is.
func tell(w io.Writer, e skein.Event) {
	if e.Outcome == "" {
		fmt.Fprintln(w, e.Name, "started")
	} else {
		fmt.Fprintf(w, "%s finished: %s\n", e.Name, e.Outcome)
	}
}

// wait makes an error of the panic, so that the program can go on.
func wait(g *skein.Group) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = v.(*skein.PanicError) // Wait panics with nothing else
		}
	}()
	return g.Wait()
}

// explain says what a panic and what errors there were.
func explain(w io.Writer, err error) {
	var p *skein.PanicError
	if errors.As(err, &p) {
		fmt.Fprintf(w, "%s panicked: %v\n", p.Name, p.Value)
		err = p.Err
	}
	fmt.Fprintln(w, err)
}
