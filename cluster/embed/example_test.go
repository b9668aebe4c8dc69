package embed_test

import (
	"context"
	"fmt"
	"os"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// A server that listens, and a worker that joins it with a key for one type of
// tasks. The worker could be on another machine: all it needs is the key's text.
func ExampleKeys() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "skein-example-")
	defer os.RemoveAll(dir)
	c, err := embed.Open(ctx, dir, embed.Listen("127.0.0.1:0"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	keys, err := embed.OpenKeys(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := keys.Make(ctx, "north", "greet")
	if err != nil {
		fmt.Println(err)
		return
	}

	greet := cluster.Define[string, string]("greet")
	text := key.Text() // travels to the worker
	working, enough := context.WithCancel(ctx)
	defer enough()
	worked := make(chan error)
	go func() { worked <- serve(working, text, greet) }()

	run, err := c.Run(ctx, "greetings")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := greet.Submit(ctx, run, "Ada"); err != nil {
		fmt.Println(err)
		return
	}
	for result, err := range greet.Results(ctx, closed(ctx, run)) {
		fmt.Println(result, err)
	}
	enough()
	fmt.Println(<-worked)
	// Output:
	// hello Ada <nil>
	// <nil>
}

func closed(ctx context.Context, run *cluster.Run) *cluster.Run {
	if err := run.Close(ctx); err != nil {
		fmt.Println(err)
	}
	return run
}

// serve is the worker.
func serve(ctx context.Context, text string, greet *cluster.Type[string, string]) error {
	key, err := cluster.ParseKey(text)
	if err != nil {
		return err
	}
	c, err := cluster.Open(ctx, "", cluster.WithKey(key))
	if err != nil {
		return err
	}
	defer c.Close()
	greet.Handle(c, func(_ context.Context, name string) (string, error) { return "hello " + name, nil })
	return c.Work(ctx, 4)
}
