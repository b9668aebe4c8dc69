package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"example.com/skein"
)

// prices is a connection that breaks from time to time, once in three times
// with a panic. It is supervised.
func prices(ctx context.Context) error {
	if err := work(ctx, between(4*time.Second, 9*time.Second)); err != nil {
		return err
	}
	if skein.Attempt(ctx)%3 == 0 {
		panic("prices: index out of range")
	}
	return errors.New("connection reset by peer")
}

// takeOrders starts some orders a second, and waits for them.
func takeOrders(ctx context.Context) error {
	return skein.Run(ctx, func(g *skein.Group) error {
		for n := 1; ; n++ {
			if err := work(ctx, between(100*time.Millisecond, 600*time.Millisecond)); err != nil {
				return err
			}
			g.GoNamed(fmt.Sprintf("order %d", n), order)
		}
	}, skein.Name("orders"), skein.Limit(20))
}

// order asks three others at the same time. The first that fails stops the
// rest, and so does the deadline.
func order(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	err := skein.Run(ctx, func(g *skein.Group) error {
		g.GoNamed("price", func(ctx context.Context) error { return work(ctx, between(20*time.Millisecond, 200*time.Millisecond)) })
		g.GoNamed("stock", checkStock)
		g.GoNamed("shipping", func(ctx context.Context) error {
			return work(ctx, between(100*time.Millisecond, 1050*time.Millisecond))
		})
		return nil
	}, skein.Name("order"))
	if errors.Is(err, errSoldOut) || errors.Is(err, context.DeadlineExceeded) {
		return nil // the customer has been told
	}
	return err
}

var errSoldOut = errors.New("sold out")

func checkStock(ctx context.Context) error {
	if err := work(ctx, between(50*time.Millisecond, 400*time.Millisecond)); err != nil {
		return err
	}
	if rand.IntN(8) == 0 {
		return errSoldOut
	}
	return nil
}

// newsletter hands a burst of mails to a group that sends two at a time.
func newsletter(ctx context.Context, mails *skein.Group) error {
	for {
		for range 12 {
			mails.Go(func(ctx context.Context) error { return work(ctx, between(150*time.Millisecond, 900*time.Millisecond)) })
		}
		if err := work(ctx, 8*time.Second); err != nil {
			return err
		}
	}
}

// report starts a worker that writes pages and one that prints them, until it
// has run out of paper. Nobody takes the fourth page.
func report(g *skein.Group) {
	pages := make(chan int)
	g.GoNamed("weekly", func(ctx context.Context) error { return weekly(ctx, pages) })
	g.GoNamed("printer", func(ctx context.Context) error { return printer(ctx, pages) })
	// Without this the service would not end: its worker does not look at its
	// context while it sends. skein.Main would name it after ten seconds.
	context.AfterFunc(g.Context(), func() {
		select {
		case <-pages:
		case <-time.After(time.Second):
		}
	})
}

func printer(ctx context.Context, pages <-chan int) error {
	for range 3 {
		select {
		case <-pages:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// weekly writes five pages a second, and has a bug: it should give up where it
// sends, when its context is done.
func weekly(ctx context.Context, pages chan<- int) error {
	for page := 1; ; page++ {
		if err := work(ctx, 200*time.Millisecond); err != nil {
			return err
		}
		pages <- page
	}
}

// work takes a while, or until ctx is done.
func work(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func between(least, most time.Duration) time.Duration { return least + rand.N(most-least) }
