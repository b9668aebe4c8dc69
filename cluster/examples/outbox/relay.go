package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/skein/cluster"
)

// mail is the type of the tasks. Its result is which order it was.
var mail = cluster.Define[order, int]("mail")

const (
	atOnce = 100                    // orders of a run
	every  = 100 * time.Millisecond // how often the relay looks for more
)

func runName(n int) string { return fmt.Sprint("outbox-", n) }

// relay submits the orders of a box, each once, until ctx is done. It may be
// killed at any moment and started again. One runs at a time; that is for whoever
// starts it to see to (a lock that the database keeps, for one), and that another
// one was cut off and does not know it yet is no harm.
//
// The rule that makes it so: it never submits to a run that it has found. What the
// relay before was at is closed, and then the server knows how many of its tasks
// were accepted. They were submitted in order, so these are the first ones.
func relay(ctx context.Context, c *cluster.Client, b box) error {
	at, err := b.place()
	if err != nil {
		return err
	}
	found, err := c.Run(ctx, runName(at.Run))
	if err != nil {
		return err
	}
	for {
		if at, err = settle(ctx, b, found, at); err != nil {
			return err
		}
		orders, err := wait(ctx, b, at.From)
		if err != nil {
			return err
		}
		if found, err = c.Run(ctx, runName(at.Run)); err != nil {
			return err
		}
		_, err = mail.SubmitAll(ctx, found, slices.Values(orders))
		if err != nil && !errors.Is(err, cluster.ErrClosed) { // somebody has taken over: he settles it too
			return err
		}
	}
}

// settle closes a run, and notes how far the orders are that are safe with it. To
// do it again changes nothing.
func settle(ctx context.Context, b box, run *cluster.Run, at place) (place, error) {
	if err := run.Close(ctx); err != nil {
		return at, err
	}
	s, err := run.Snapshot(ctx)
	if err != nil {
		return at, err
	}
	next := place{at.Run + 1, at.From + s.Submitted}
	return next, b.move(next)
}

// wait waits until there are orders.
func wait(ctx context.Context, b box, from int) ([]order, error) {
	for {
		orders, err := b.after(from, atOnce)
		if err != nil || len(orders) > 0 {
			return orders, err
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
