package embed_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// All in one program: nothing to install, and no port is opened. What was
// submitted is there when the program is started again.
func ExampleOpen() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "skein-example-") // a directory that stays, in earnest
	defer os.RemoveAll(dir)
	double := cluster.Define[int, int]("double")

	submit := func() error { // and end before anything has run
		c, err := embed.Open(ctx, dir)
		if err != nil {
			return err
		}
		defer c.Close()
		run, err := c.Run(ctx, "numbers")
		if err != nil {
			return err
		}
		_, err = double.SubmitAll(ctx, run, slices.Values([]int{1, 2, 3}))
		return err
	}
	finish := func() error {
		c, err := embed.Open(ctx, dir, embed.OnHalt(func(why error) {
			if errors.Is(why, syscall.ENOSPC) {
				fmt.Println("the disk is full: it goes on when there is room")
			}
		}))
		if err != nil {
			return err
		}
		defer c.Close()
		double.Handle(c, func(_ context.Context, i int) (int, error) { return 2 * i, nil })
		working, enough := context.WithCancel(ctx)
		worked := make(chan error)
		go func() { worked <- c.Work(working, 4) }()
		run, err := c.Run(ctx, "numbers")
		if err == nil {
			err = run.Wait(ctx)
		}
		if err == nil {
			sum := 0
			for v := range double.Results(ctx, run) {
				sum += v
			}
			fmt.Println(sum)
		}
		enough()
		return errors.Join(err, <-worked)
	}
	fmt.Println(submit())
	fmt.Println(finish())
	// Output:
	// <nil>
	// 12
	// <nil>
}
