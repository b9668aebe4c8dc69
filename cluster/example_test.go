package cluster_test

import (
	"context"
	"fmt"
	"os"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

type square struct{ Side int }

// A run of a thousand typed tasks, on a server within the program.
func Example() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "skein-example-")
	defer os.RemoveAll(dir)
	c, err := embed.Open(ctx, dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	area := cluster.Define[square, int]("area")
	area.Handle(c, func(_ context.Context, s square) (int, error) { return s.Side * s.Side, nil })

	sum := 0
	err = skein.Run(ctx, func(g *skein.Group) error {
		working, enough := context.WithCancel(ctx)
		defer enough()
		g.Go(func(context.Context) error { return c.Work(working, 8) })

		run, err := c.Run(ctx, "areas")
		if err != nil {
			return err
		}
		for i := range 1000 {
			if _, err := area.Submit(ctx, run, square{i}); err != nil {
				return err
			}
		}
		if err := run.Wait(ctx); err != nil {
			return err
		}
		for a, err := range area.Results(ctx, run) {
			if err != nil {
				return err
			}
			sum += a
		}
		return nil
	})
	fmt.Println(sum, err)
	// Output: 332833500 <nil>
}
