package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/script"
)

// pour submits tasks to a run, with the owner's key in a file, until the server
// has said that it takes nothing, and a hundred more once it does; then it runs
// them all, and counts. While it waits it says why.
//
//	pour KEYFILE RUN
func pour() {
	ctx, cancel := context.WithTimeout(context.Background(), script.Patience)
	defer cancel()
	if err := pourInto(ctx, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// drop is a task that needs some room.
var drop = cluster.Define[string, int]("drop")

func pourInto(ctx context.Context, file, name string) error {
	c, err := openWith(ctx, file)
	if err != nil {
		return err
	}
	defer c.Close()
	run, err := c.Run(ctx, name)
	if err != nil {
		return err
	}
	fmt.Println("pouring")
	n := 0
	var halted atomic.Bool
	err = skein.Run(ctx, func(g *skein.Group) error {
		g.Go(func(ctx context.Context) error {
			defer halted.Store(true)
			return sayWhy(ctx, c, run)
		})
		text := strings.Repeat("x", 16<<10)
		var err error
		for left := 100; left > 0 && err == nil; n++ {
			if halted.Load() {
				left--
			}
			_, err = drop.Submit(g.Context(), run, text)
		}
		return err
	})
	if err != nil {
		return err
	}
	fmt.Println("poured")
	return count(ctx, c, run, n)
}

// sayWhy waits until the server says that it takes nothing. Then it tries to
// submit, for longer than it takes to notice that there is no answer.
func sayWhy(ctx context.Context, c *cluster.Client, run *cluster.Run) error {
	for ctx.Err() == nil {
		use, err := c.Usage(ctx)
		if err == nil && use.Halted != nil {
			fmt.Println("waiting:", use.Halted)
			ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
			defer cancel()
			_, err := drop.Submit(ctx, run, "")
			fmt.Println("gave up:", err)
			return nil
		}
		<-time.After(10 * time.Millisecond)
	}
	return context.Cause(ctx)
}

// count runs what there is, and counts what became of n tasks.
func count(ctx context.Context, c *cluster.Client, run *cluster.Run, n int) error {
	drop.Handle(c, func(_ context.Context, text string) (int, error) { return len(text), nil })
	ended, all := 0, true
	err := skein.Run(ctx, func(g *skein.Group) error {
		working, enough := context.WithCancel(g.Context())
		g.Go(func(context.Context) error { return c.Work(working, 4) })
		defer enough()
		if err := run.Wait(ctx); err != nil {
			return err
		}
		for o, err := range run.Outcomes(ctx) {
			if err != nil {
				return err
			}
			ended++
			all = all && o.Outcome == cluster.Succeeded
		}
		return nil
	})
	if err == nil && (ended != n || !all) {
		err = errors.New("some are lost")
	}
	fmt.Printf("%d of %d have ended\n", ended, n)
	return err
}
