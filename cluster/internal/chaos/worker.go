package chaos

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/skein/cluster"
)

// tasks are numbers, each submitted once, and give themselves.
var tasks = cluster.Define[int, int]("chaos")

// work is a worker, until it is told to end or is killed.
func work(p part) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	c, err := open(p)
	if err != nil {
		return err
	}
	if err := handle(c, p); err != nil {
		return err
	}
	ready()
	if err := again("work", func(context.Context) error { return c.Work(ctx, p.Slots) }); err != nil {
		return err
	}
	c.Close()
	return nil
}

// handle says what a task does.
func handle(c *cluster.Client, p part) error {
	started, err := openLog(p.Logs + "/" + startedLog)
	if err != nil {
		return err
	}
	pid := os.Getpid()
	tasks.Handle(c, func(ctx context.Context, n int) (int, error) {
		started.line(n, pid, time.Now().UnixNano()) // before all else: an execution that is killed counts
		select {
		case <-time.After(p.Task):
			return n, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	})
	return nil
}
