package cluster_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// The body below stands in README.md word by word; a test of the root compares them.

func Example_readme() {
	ctx, stop := context.WithCancel(context.Background())
	dir, err := os.MkdirTemp("", "skein-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	c, err := embed.Open(ctx, dir) // or cluster.Open(ctx, "nats://..."): the rest is the same
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	type word struct{ Text string }
	length := cluster.Define[word, int]("length", cluster.Attempts(5)) // its name on the wire
	length.Handle(c, func(_ context.Context, w word) (int, error) { return len(w.Text), nil })
	worked := make(chan error)
	go func() { worked <- c.Work(ctx, 8) }() // here, or in programs on other machines

	run, err := c.Run(ctx, "poem") // who opens that name again has the same run
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{"so", "much", "depends", "upon"} {
		if _, err := length.Submit(ctx, run, word{text}); err != nil { // nil: it is safe
			log.Fatal(err)
		}
	}
	fmt.Println(run.Wait(ctx)) // nil, or a *cluster.RunError, which has what did not succeed
	sum := 0
	for n, err := range length.Results(ctx, run) {
		if err != nil {
			log.Fatal(err)
		}
		sum += n
	}
	stop()
	fmt.Println(sum, <-worked)
	// Output:
	// <nil>
	// 17 <nil>
}
