package cluster_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// A program elsewhere submits with the owner's key, which skein serve, or a
// server that listens, has written into its directory. A server of one's own
// without keys has an address instead: Open(ctx, "nats://host:4222").
func ExampleOpen() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "skein-example-")
	defer os.RemoveAll(dir)
	server, err := embed.Open(ctx, dir, embed.Listen("127.0.0.1:0"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	key, err := cluster.ReadKey(filepath.Join(dir, "owner.key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := cluster.Open(ctx, "", cluster.WithKey(key))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	run, err := c.Run(ctx, "greetings")
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := cluster.Define[string, string]("greet").Submit(ctx, run, "Ada")
	fmt.Println(id, err)
	// Output: greet.1.1 <nil>
}

// How much room a server has for tasks that wait, and twice that for their
// outcomes. When it is full who submits waits.
func ExampleMaxBytes() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "skein-example-")
	defer os.RemoveAll(dir)
	c, err := embed.Open(ctx, dir, embed.Client(cluster.MaxBytes(64<<20)))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	use, err := c.Usage(ctx)
	fmt.Println(use.Tasks.Most>>20, use.Outcomes.Most>>20, use.Full() == "", err)
	// Output: 64 128 true <nil>
}
