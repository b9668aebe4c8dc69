// Command node is the processes that the cluster's benchmarks are made of: a
// server, a worker, a program that has tasks, and one that embeds it all. It
// links what a user's program would, and no rival.
//
//	node serve -dir DIR [-sync] [-name NAME -port PORT -routes URL,...]
//	node work -url URL [-replicas N] [-j N] [-takes DURATION]
//	node run -url URL [-replicas N] -name RUN [-tasks N]
//	node open -dir DIR
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/skein/bench/cluster"
	"example.com/skein/cluster/embed"
)

// given is what a role was told.
type given struct {
	dir, name, routes, url string
	sync                   bool
	port, replicas, j      int
	tasks                  int
	takes                  time.Duration
}

var roles = map[string]func(ctx context.Context, g *given) error{
	"serve": serve, "work": work, "run": run, "open": open,
}

func main() {
	var g given
	flags := flag.NewFlagSet("node", flag.ExitOnError)
	flags.StringVar(&g.dir, "dir", "", "where the server keeps its files")
	flags.BoolVar(&g.sync, "sync", false, "the server acknowledges what is on the disk")
	flags.StringVar(&g.name, "name", "one", "of the server, or the run")
	flags.IntVar(&g.port, "port", 0, "at which other servers find this one")
	flags.StringVar(&g.routes, "routes", "", "of all of them, with commas")
	flags.StringVar(&g.url, "url", "", "of the server, or several with commas")
	flags.IntVar(&g.replicas, "replicas", 1, "how many servers keep a message")
	flags.IntVar(&g.j, "j", 64, "how many tasks run at a time")
	flags.DurationVar(&g.takes, "takes", 0, "how long a task lasts")
	flags.IntVar(&g.tasks, "tasks", 0, "how many to submit; 0: the run has them")
	if len(os.Args) < 2 || roles[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "node: serve, work, run or open")
		os.Exit(2)
	}
	flags.Parse(os.Args[2:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := roles[os.Args[1]](ctx, &g); err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(1)
	}
}

// work runs tasks until it is told to end. A task's result is the process that
// ran it.
func work(ctx context.Context, g *given) error {
	c, err := bench.Open(ctx, g.url, g.replicas)
	if err != nil {
		return err
	}
	defer c.Close()
	bench.Nothing.Handle(c, func(context.Context, string) (int, error) {
		time.Sleep(g.takes) // that is the work
		return os.Getpid(), nil
	})
	return c.Work(ctx, g.j)
}

// run submits a run, if it is not there, and reads each of its outcomes. It
// prints how many there were, and the most memory that it took, in MB.
func run(ctx context.Context, g *given) error {
	c, err := bench.Open(ctx, g.url, g.replicas)
	if err != nil {
		return err
	}
	defer c.Close()
	r, err := c.Run(ctx, g.name)
	if err != nil {
		return err
	}
	if g.tasks > 0 {
		if _, err := bench.Nothing.SubmitAll(ctx, r, bench.Tasks(g.tasks)); err != nil {
			return err
		}
		if err := r.Close(ctx); err != nil {
			return err
		}
	}
	n := 0
	for _, err := range bench.Nothing.Results(ctx, r) {
		if err != nil {
			return err
		}
		n++
	}
	most, err := bench.Resident(os.Getpid(), "VmHWM")
	fmt.Println(n, most)
	return err
}

// open embeds a server, and prints how many milliseconds that took and how much
// memory the program then has, in MB.
func open(ctx context.Context, g *given) error {
	start := time.Now()
	c, err := embed.Open(ctx, g.dir)
	took := time.Since(start)
	if err != nil {
		return err
	}
	resident, err := bench.Resident(os.Getpid(), "VmRSS")
	fmt.Println(took.Seconds()*1000, resident)
	c.Close()
	return errors.Join(err, ctx.Err())
}
