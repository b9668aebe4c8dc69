package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/skein/cluster"
)

// Who asks several, and needs one answer, opens the run so: the first that
// succeeds cancels the rest.
func ExampleFirstSuccess() {
	ask := cluster.Define[string, string]("ask", cluster.Attempts(1))
	onServer(ask, func(ctx context.Context, mirror string) (string, error) {
		if mirror == "near" {
			return "from " + mirror, nil
		}
		<-ctx.Done() // the others take long
		return "", context.Cause(ctx)
	}, func(ctx context.Context, c *cluster.Client) error {
		run, err := c.Run(ctx, "mirrors", cluster.FirstSuccess())
		if err != nil {
			return err
		}
		for _, mirror := range []string{"far", "near", "farther"} {
			if _, err := ask.Submit(ctx, run, mirror); err != nil && !errors.Is(err, cluster.ErrClosed) {
				return err
			}
		}
		if err := run.Wait(ctx); err != nil {
			return err
		}
		for o, err := range run.Outcomes(ctx) {
			if err != nil {
				return err
			}
			if o.Outcome == cluster.Succeeded {
				b, err := o.Result(ctx)
				fmt.Printf("%s %v\n", b, err)
			}
		}
		return nil
	})
	// Output: "from near" <nil>
}

// Several programs submit to one run. One owns it; the others join it, and their
// Wait waits until the owner has closed it.
func ExampleJoin() {
	add := cluster.Define[int, int]("add")
	onServer(add, func(_ context.Context, i int) (int, error) { return i + 1, nil }, func(ctx context.Context, c *cluster.Client) error {
		own, err := c.Run(ctx, "sums")
		if err != nil {
			return err
		}
		joined, err := c.Run(ctx, "sums", cluster.Join()) // in another program
		if err != nil {
			return err
		}
		if _, err := add.Submit(ctx, own, 1); err != nil {
			return err
		}
		id, err := add.Submit(ctx, joined, 2)
		if err != nil {
			return err
		}
		fmt.Println("of the second who submits, the first:", id)
		if err := own.Close(ctx); err != nil {
			return err
		}
		if err := joined.Wait(ctx); err != nil {
			return err
		}
		s, err := own.Snapshot(ctx)
		fmt.Println(s.Counts, err)
		return nil
	})
	// Output:
	// of the second who submits, the first: add.2.1
	// 2 succeeded <nil>
}

// Who only looks on changes nothing, and whoever has the run keeps it.
func ExampleObserve() {
	add := cluster.Define[int, int]("add")
	onServer(add, func(_ context.Context, i int) (int, error) { return i + 1, nil }, func(ctx context.Context, c *cluster.Client) error {
		if _, err := c.Run(ctx, "sums", cluster.Observe()); errors.Is(err, cluster.ErrNotThere) {
			fmt.Println("nobody has made it yet")
		}
		run, err := c.Run(ctx, "sums")
		if err != nil {
			return err
		}
		seen, err := c.Run(ctx, "sums", cluster.Observe())
		if err != nil {
			return err
		}
		if _, err := add.SubmitAll(ctx, run, slices.Values([]int{1, 2, 3})); err != nil {
			return err
		}
		if _, err := add.Submit(ctx, seen, 4); errors.Is(err, cluster.ErrClosed) {
			fmt.Println("who looks on submits nothing")
		}
		if err := run.Wait(ctx); err != nil {
			return err
		}
		n := 0
		for _, err := range seen.Outcomes(ctx) {
			if err != nil {
				return err
			}
			n++
		}
		fmt.Println(n, "have ended")
		return nil
	})
	// Output:
	// nobody has made it yet
	// who looks on submits nothing
	// 3 have ended
}
