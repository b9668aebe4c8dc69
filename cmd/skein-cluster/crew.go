package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/remote"
)

// crew runs commands for a cluster.
type crew struct {
	client   *cluster.Client
	allowed  *remote.Allowed
	n        int           // at a time
	drain    time.Duration // how long what runs may go on when it is to end; 0: no limit
	running  atomic.Int32
	draining atomic.Bool
}

// killAfter is how long a command that is told to end has until it is killed.
const killAfter = 5 * time.Second

// errGivenUp is that tasks ran that were not waited for.
type errGivenUp int32

func (n errGivenUp) Error() string {
	return fmt.Sprintf("%d commands were ended that ran; their tasks go to others when the lease ends", int32(n))
}

// work runs commands until ctx is done and what runs has ended. At second, or
// when it takes too long, it ends what runs, and gives it up: nobody is told how
// it ended, and somebody else gets the tasks.
func (w *crew) work(ctx context.Context, second <-chan struct{}) error {
	runner := remote.NewRunner(w.allowed)
	runner.Swept = func(n int, whose string) { tellLeft("commands had", n, whose) }
	running, stop := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() {
		err := runner.Run(running, w.n, killAfter)
		if err != nil {
			w.client.Close() // how our tasks end now is our fault, and others can do better
		}
		over <- err
	}()
	remote.Command.Handle(w.client, func(ctx context.Context, in remote.Args) (remote.Result, error) {
		w.running.Add(1)
		defer w.running.Add(-1)
		r, err := runner.Do(ctx, in)
		r.Mark = in.Mark
		if t, ok := cluster.TaskOf(ctx); ok {
			tellLeft(fmt.Sprintf("task %s of %s had", t.ID, t.Run), r.Left, strings.Join(r.LeftNames, ", "))
		}
		return r, err
	})
	ended := make(chan struct{})
	givenUp := make(chan int32, 1)
	go func() {
		defer close(givenUp)
		if w.late(ctx, ended, second) {
			givenUp <- w.running.Load()
			w.client.Close()
		}
	}()
	err := w.client.Work(ctx, w.n)
	close(ended)
	stop()
	n, early := <-givenUp
	if failed := <-over; failed != nil {
		return failed
	}
	if early {
		return errGivenUp(n)
	}
	return err
}

// tellLeft says that processes were ended that somebody had left behind.
func tellLeft(who string, n int, names string) {
	if n == 0 {
		return
	}
	what := "processes"
	if n == 1 {
		what = "process"
	}
	if names != "" {
		names = " (" + names + ")"
	}
	fmt.Printf("ended %d %s that %s left behind%s\n", n, what, inert.Text(who), inert.Text(names))
}

// late waits until it has ended, or for too long.
func (w *crew) late(ctx context.Context, ended, second <-chan struct{}) bool {
	select {
	case <-ctx.Done():
	case <-ended:
		return false
	}
	w.draining.Store(true)
	fmt.Printf("draining: %d commands run; a second signal gives them up\n", w.running.Load())
	var limit <-chan time.Time
	if w.drain > 0 {
		timer := time.NewTimer(w.drain)
		defer timer.Stop()
		limit = timer.C
	}
	select {
	case <-ended:
		return false
	case <-limit:
	case <-second:
	}
	return true
}

// healthy is what a health check asks.
func (w *crew) healthy() error {
	switch {
	case w.draining.Load():
		return errors.New("draining")
	case !w.client.Connected():
		return errors.New("no connection")
	}
	return nil
}
