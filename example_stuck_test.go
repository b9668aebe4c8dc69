package skein_test

import (
	"context"
	"fmt"
	"path"
	"time"

	"example.com/skein"
)

// publish hands a picture on, and waits for somebody to take it.
func publish(out chan<- string, picture string) error {
	out <- picture
	return nil
}

// Find the stuck worker. Ten pictures are published, and the reader stops
// reading after nine: Wait would never return, and say nothing. With StuckAfter
// it says which worker has not ended and where it is.
//
// Set SKEIN_STUCK=30s in the environment of a program that cannot be changed:
// every group of it that waits in silence for so long is reported on standard
// error.
func ExampleStuckAfter() {
	out := make(chan string)
	go func() {
		for range 9 {
			<-out
		}
	}()

	found := make(chan skein.Report, 1)
	g := skein.New(ctx, skein.Name("publishers"), skein.Limit(1),
		skein.StuckAfter(50*time.Millisecond, func(r skein.Report) { found <- r }))
	for i := range 10 {
		g.GoNamed(fmt.Sprintf("%d.jpg", i), func(context.Context) error {
			return publish(out, fmt.Sprintf("%d.jpg", i))
		})
	}
	go func() {
		w := (<-found).Group.Workers[0]
		fmt.Printf("%s is stuck: %s in %s\n", w.Name, w.State, path.Base(w.At))
		<-out // what the reader should have done
	}()
	fmt.Println(g.Wait())
	// Output:
	// 9.jpg is stuck: chan send in skein_test.publish example_stuck_test.go:14
	// <nil>
}

// The report is data, and its String is what a person reads.
func ExampleReport() {
	r := skein.Report{
		File: "/src/main.go", Line: 30, Waited: 30 * time.Second, Silent: 30 * time.Second,
		Group: skein.GroupState{
			Name: "fetchers", Stats: skein.Stats{Running: 1, Succeeded: 8, Panicked: 1},
			Workers: []skein.Worker{{
				Number: 4, Name: "cat.jpg", File: "/src/main.go", Line: 27, Age: 30 * time.Second,
				State: "chan send", At: "main.fetch main.go:12",
			}},
		},
	}
	fmt.Print(r)
	// Output:
	// group "fetchers": Wait at main.go:30 has waited 30s; 1 of 10 workers running; ended: 8 succeeded, 1 panicked
	//   worker 4 "cat.jpg" for 30s, started at main.go:27, now [chan send] at main.fetch main.go:12
}
