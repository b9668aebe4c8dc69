package skein_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	"example.com/skein"
)

// working starts a group of named pictures, each of which is worked on until
// end is closed, and returns when all are being worked on.
func working(end <-chan struct{}, name string, pictures ...string) *skein.Group {
	g := skein.New(ctx, skein.Name(name), skein.Limit(2))
	for _, picture := range pictures {
		g.GoNamed(picture, func(context.Context) error { <-end; return nil })
	}
	for g.Stats().Running < min(2, len(pictures)) {
		runtime.Gosched()
	}
	return g
}

// A handler for debugging answers with it, or a signal's: what is this process
// doing?
func ExampleProcess() {
	end := make(chan struct{})
	thumbs := working(end, "thumbs", "cat.jpg", "dog.jpg", "owl.jpg")
	for _, g := range skein.Process().Groups {
		if g.Name != "thumbs" {
			continue // others that this process has
		}
		fmt.Printf("%s: %d running, %d queued\n", g.Name, g.Running, g.Queued)
		for _, w := range g.Workers {
			fmt.Println("  worker", w.Number, w.Name)
		}
	}
	close(end)
	_ = thumbs.Wait()
	// Output:
	// thumbs: 2 running, 1 queued
	//   worker 1 cat.jpg
	//   worker 2 dog.jpg
}

func ExampleGroup_Snapshot() {
	end := make(chan struct{})
	thumbs := working(end, "thumbs", "cat.jpg")
	w := thumbs.Snapshot(skein.Stacks).Groups[0].Workers[0]
	fmt.Println(w.Name, "is in", w.State)
	close(end)
	_ = thumbs.Wait()
	// Output: cat.jpg is in chan receive
}

func ExampleSnapshot_WriteTo() {
	s := skein.Snapshot{
		Time:       time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC),
		Goroutines: 14,
		Groups: []skein.GroupState{{
			Name: "thumbs", File: "/src/main.go", Line: 30, Limit: 2,
			Stats: skein.Stats{Running: 1, Queued: 1, Succeeded: 40},
			Workers: []skein.Worker{{
				Number: 41, Name: "cat.jpg", File: "/src/main.go", Line: 33, Age: 30 * time.Second,
				State: "chan send", At: "main.draw draw.go:12",
			}},
		}},
	}
	_, _ = s.WriteTo(os.Stdout)
	// Output:
	// 15:04:05: groups 1, goroutines 14
	// group "thumbs" made at main.go:30: 1 of 42 workers running (limit 2), 1 queued; ended: 40 succeeded
	//   worker 41 "cat.jpg" for 30s, started at main.go:33, now [chan send] at main.draw draw.go:12
}

// A group's state is plain data.
func ExampleGroupState() {
	end := make(chan struct{})
	thumbs := working(end, "thumbs", "cat.jpg", "dog.jpg", "owl.jpg")
	state := thumbs.Snapshot().Groups[0]
	close(end)
	_ = thumbs.Wait()
	text, _ := json.Marshal(state.Stats)
	fmt.Println(string(text))
	// Output: {"running":2,"queued":1,"succeeded":0,"failed":0,"panicked":0,"goexit":0,"cancelled":0,"timedOut":0,"skipped":0}
}

func ExampleGroupState_Unlisted() {
	end := make(chan struct{})
	var g skein.Group
	for range 1000 {
		g.Go(func(context.Context) error { <-end; return nil })
	}
	for g.Stats().Running < 1000 {
		runtime.Gosched()
	}
	state := g.Snapshot().Groups[0]
	fmt.Println(len(state.Workers), "listed,", state.Unlisted(), "more")
	close(end)
	_ = g.Wait()
	// Output: 100 listed, 900 more
}

// A page that shows what has ended lately keeps a history while somebody looks
// at it.
func ExampleKeepHistory() {
	history := skein.KeepHistory(1000)
	defer history.Close()

	_ = skein.Run(ctx, func(g *skein.Group) error {
		g.GoNamed("cat.jpg", func(context.Context) error { return nil })
		g.GoNamed("dog.jpg", func(context.Context) error { return fmt.Errorf("no such picture") })
		return nil
	}, skein.Name("thumbs"), skein.Limit(1), skein.KeepGoing())

	ended, _ := history.After(0)
	for _, e := range ended {
		fmt.Printf("%s: %s %s %q\n", e.Group, e.Name, e.Outcome, e.Err)
	}
	// Output:
	// thumbs: cat.jpg succeeded ""
	// thumbs: dog.jpg failed "no such picture"
}

// Who asks again gets what has ended since.
func ExampleHistory_After() {
	history := skein.KeepHistory(1000)
	defer history.Close()
	var seen uint64
	for range 2 {
		var g skein.Group
		g.Go(func(context.Context) error { return nil })
		_ = g.Wait()

		var ended []skein.Ended
		ended, seen = history.After(seen)
		fmt.Println(len(ended), "more,", seen, "in all")
	}
	// Output:
	// 1 more, 1 in all
	// 1 more, 2 in all
}

// A closed history keeps no more, and costs no more.
func ExampleHistory_Close() {
	history := skein.KeepHistory(1000)
	history.Close()
	var g skein.Group
	g.Go(func(context.Context) error { return nil })
	_ = g.Wait()
	ended, _ := history.After(0)
	fmt.Println(len(ended))
	// Output: 0
}
