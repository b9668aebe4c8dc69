package skein_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"

	"example.com/skein"
)

// The body can fail too: that stops what it has started.
func ExampleRun_body() {
	err := skein.Run(ctx, func(g *skein.Group) error {
		g.Go(untilCancelled)
		return errors.New("the list of pictures ends in the middle of a line")
	})
	fmt.Println(err)
	// Output: the list of pictures ends in the middle of a line
}

// decode panics, as code does that was not written for broken pictures.
func decode(picture string) error {
	panic(&fs.PathError{Op: "decode", Path: picture, Err: fs.ErrInvalid})
}

// A server that answers one request after another takes the panics of their
// workers at the end of the scope, as errors.
func ExamplePanicError_recover() {
	answer := func(picture string) (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = v.(*skein.PanicError)
			}
		}()
		return skein.Run(ctx, func(g *skein.Group) error {
			g.GoNamed(picture, func(context.Context) error { return decode(picture) })
			return nil
		})
	}
	err := answer("cat.jpg")

	var p *skein.PanicError
	if errors.As(err, &p) {
		fmt.Println(p.Name, "panicked:", p.Value)
		fmt.Println("the stack leads to decode:", bytes.Contains(p.Stack, []byte(".decode(")))
	}
	fmt.Println("a broken picture:", errors.Is(err, fs.ErrInvalid))
	// Output:
	// cat.jpg panicked: decode cat.jpg: invalid argument
	// the stack leads to decode: true
	// a broken picture: true
}

// What calls runtime.Goexit, as t.FailNow does, has not succeeded.
func Example_goexit() {
	var g skein.Group
	g.Go(func(context.Context) error {
		runtime.Goexit()
		return nil
	})
	fmt.Println(errors.Is(g.Wait(), skein.ErrGoexit))
	// Output: true
}

// Outcomes are words, ready for logs and JSON.
func ExampleOutcome() {
	counts := map[skein.Outcome]int{}
	count := func(e skein.Event) {
		if e.Outcome != "" {
			counts[e.Outcome]++ // one worker at a time: no lock
		}
	}
	g := skein.New(ctx, skein.Limit(1), skein.Observe(count))
	g.Go(shrink("cat.jpg"))
	g.Go(shrink("eel.txt"))
	g.Wait()
	fmt.Println(counts)
	// Output: map[failed:1 succeeded:1]
}

func ExampleEvent() {
	var last skein.Event
	g := skein.New(ctx, skein.Name("thumbnails"), skein.Observe(func(e skein.Event) { last = e }))
	g.GoNamed("eel.txt", shrink("eel.txt"))
	g.Wait()
	fmt.Println(last.Group, last.Worker, last.Name, last.Outcome, last.Err)
	// Output: thumbnails 1 eel.txt failed eel.txt: not a picture
}

// Options are values: those that several groups share can be kept.
func ExampleOption() {
	polite := []skein.Option{skein.Limit(2), skein.KeepGoing()}
	err := skein.Run(ctx, func(g *skein.Group) error {
		g.Go(shrink("cat.jpg"))
		return nil
	}, append(polite, skein.Name("cats"))...)
	fmt.Println(err)
	// Output: <nil>
}
