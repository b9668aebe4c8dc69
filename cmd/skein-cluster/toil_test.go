package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
)

// hostile is what tasks say that fail: it would change the terminal's title, turn
// the line round, make it red in two ways, and forge a line of ours.
const hostile = "\x1b]0;owned\x07\u202e\u009b31m\x1b[31mevil\r\nskein: all is well\x00"

// evil is a type of which every odd task fails, twice.
var evil = cluster.Define[int, int]("evil", cluster.Attempts(2), cluster.Backoff(time.Millisecond, time.Millisecond))

// toil does something with tasks of the type evil, with the owner's key in a file:
//
//	toil KEYFILE run NAME N    submit N to a run, run them, wait
//	toil KEYFILE queue NAME N  the same with a queue
//	toil KEYFILE leave NAME N  submit N to a run that stays open, and run none
//	toil KEYFILE mend          run what there is, all of it well, until SIGTERM
func toil() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := toilAt(ctx, os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func toilAt(ctx context.Context, key, what string, args []string) error {
	url, opts, err := on(key)
	if err != nil {
		return err
	}
	c, err := cluster.Open(ctx, url, opts...)
	if err != nil {
		return err
	}
	defer c.Close()
	evil.Handle(c, func(_ context.Context, i int) (int, error) {
		if i%2 == 1 && what != "mend" {
			return 0, errors.New(hostile)
		}
		return i, nil
	})
	if what == "mend" {
		fmt.Println("mending")
		return c.Work(ctx, 4)
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	var to cluster.Target
	run, queue := (*cluster.Run)(nil), (*cluster.Queue)(nil)
	if what == "queue" {
		queue, err = c.Queue(ctx, args[0])
		to = queue
	} else {
		run, err = c.Run(ctx, args[0])
		to = run
	}
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := evil.Submit(ctx, to, i); err != nil {
			return err
		}
	}
	if what == "leave" {
		return nil
	}
	return skein.Run(ctx, func(g *skein.Group) error {
		working, enough := context.WithCancel(g.Context())
		defer enough()
		g.Go(func(context.Context) error { return c.Work(working, 4) })
		if queue == nil {
			var bad *cluster.RunError
			if err := run.Wait(ctx); err != nil && !errors.As(err, &bad) {
				return err
			}
			return nil
		}
		for _, err := range queue.Outcomes(ctx) {
			if n--; err != nil || n == 0 {
				return err
			}
		}
		return nil
	})
}
