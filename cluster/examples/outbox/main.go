// Command outbox takes orders and has a task sent a mail for each, though no
// transaction reaches both its own store and the cluster: docs/outbox.md. Kill it
// at any moment and start it again: no order is left out, and none has two tasks.
//
//	go run ./cluster/examples/outbox -dir shop
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

func main() {
	n := flag.Int("n", 1000, "how many orders")
	dir := flag.String("dir", "", "where orders and tasks are kept; none: in a directory that is removed at the end")
	flag.Parse()
	skein.Main(func(ctx context.Context) error { return run(ctx, *dir, *n) })
}

// errAll is why the relay ends: there are no orders left.
var errAll = errors.New("all orders are sent")

func run(ctx context.Context, dir string, n int) error {
	if dir == "" {
		temporary, err := os.MkdirTemp("", "skein-outbox-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	c, err := embed.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer c.Close()
	mail.Handle(c, send)
	b := box{dir}
	return skein.Run(ctx, func(g *skein.Group) error {
		working, enough := context.WithCancelCause(g.Context())
		defer enough(errAll)
		g.GoNamed("work", func(context.Context) error { return c.Work(working, 8) })
		g.GoNamed("relay", func(context.Context) error {
			if err := relay(working, c, b); !errors.Is(err, errAll) {
				return err
			}
			return nil
		})
		there, err := b.after(0, n)
		if err != nil {
			return err
		}
		for i := len(there); i < n; i++ {
			if err := b.add(order{i, fmt.Sprintf("customer-%d@example.org", i)}); err != nil {
				return err
			}
		}
		if err := sent(ctx, b, n); err != nil {
			return err
		}
		counts, err := ended(ctx, c, func(int) {})
		fmt.Println(n, "orders:", counts)
		return err
	})
}

// sent waits until the relay has submitted n orders.
func sent(ctx context.Context, b box, n int) error {
	for {
		at, err := b.place()
		if err != nil || at.From >= n {
			return err
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// ended waits for all runs that the relay has closed, and says how their tasks
// ended, and of which order each was that succeeded.
func ended(ctx context.Context, c *cluster.Client, of func(n int)) (cluster.Counts, error) {
	all, err := c.Runs(ctx)
	if err != nil {
		return nil, err
	}
	counts := cluster.Counts{}
	for _, l := range all {
		if !strings.HasPrefix(l.Name, "outbox-") || l.State == cluster.StateOpen {
			continue
		}
		run, err := c.Run(ctx, l.Name, cluster.Observe())
		if err != nil {
			return nil, err
		}
		for n, err := range mail.Results(ctx, run) {
			var bad *cluster.TaskError
			switch {
			case errors.As(err, &bad):
				counts[bad.Outcome]++
			case err != nil:
				return nil, err
			default:
				counts[cluster.Succeeded]++
				of(n)
			}
		}
		if err := run.Wait(ctx); err != nil && !errors.As(err, new(*cluster.RunError)) { // so that it is forgotten some time
			return nil, err
		}
	}
	return counts, nil
}

// send would send the mail. It may be called twice for a task: what is sent twice
// is for the mail server to see, by a Message-ID that is the order's number.
func send(_ context.Context, o order) (int, error) { return o.N, nil }
