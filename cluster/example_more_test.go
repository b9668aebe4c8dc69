package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// onServer starts a server within the program, has the tasks of a type run
// there, and calls f; then it ends both. It is what each of the examples needs.
func onServer[A, R any](typ *cluster.Type[A, R], handle func(context.Context, A) (R, error), f func(context.Context, *cluster.Client) error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "skein-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	c, err := embed.Open(ctx, dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	typ.Handle(c, handle)
	err = skein.Run(ctx, func(g *skein.Group) error {
		working, enough := context.WithCancel(ctx)
		defer enough()
		g.Go(func(context.Context) error { return c.Work(working, 4) })
		return f(ctx, c)
	})
	if err != nil {
		fmt.Println(err)
	}
}

// A task that fails is tried again, and may say that this is of no use.
func ExampleAttempts() {
	fetch := cluster.Define[string, int]("fetch", cluster.Attempts(3), cluster.Backoff(10*time.Millisecond, time.Second))
	onServer(fetch, func(ctx context.Context, page string) (int, error) {
		task, _ := cluster.TaskOf(ctx)
		switch {
		case page == "":
			return 0, skein.Permanent(errors.New("no page"))
		case task.Attempt < 3:
			return 0, errors.New("too busy")
		}
		return task.Attempt, nil
	}, func(ctx context.Context, c *cluster.Client) error {
		run, err := c.Run(ctx, "pages")
		if err != nil {
			return err
		}
		if _, err := fetch.SubmitAll(ctx, run, slices.Values([]string{"home", ""})); err != nil {
			return err
		}
		var bad *cluster.RunError
		if err := run.Wait(ctx); !errors.As(err, &bad) {
			return err
		}
		fmt.Println(bad.Counts)
		for _, o := range bad.First {
			fmt.Printf("%s: %v after attempt %d: %v\n", o.Task, o.Outcome, o.Attempt, o.Cause)
		}
		return nil
	})
	// Output:
	// 1 failed, 1 succeeded
	// fetch.1.2: failed after attempt 1: no page
}

// The first failure ends a run that is opened so.
func ExampleFailFast() {
	check := cluster.Define[int, bool]("check")
	onServer(check, func(ctx context.Context, i int) (bool, error) {
		if i == 3 {
			return false, skein.Permanent(errors.New("three is wrong"))
		}
		<-ctx.Done() // what takes long looks at its context
		return false, context.Cause(ctx)
	}, func(ctx context.Context, c *cluster.Client) error {
		run, err := c.Run(ctx, "checks", cluster.FailFast())
		if err != nil {
			return err
		}
		for i := range 4 {
			if _, err := check.Submit(ctx, run, i); err != nil && !errors.Is(err, cluster.ErrClosed) {
				return err
			}
		}
		err = run.Wait(ctx)
		fmt.Println(errors.Is(err, cluster.ErrFailFast), err)
		return nil
	})
	// Output:
	// true cluster: run checks: 3 cancelled, 1 failed: a task did not succeed: check.1.4 failed
}

// What a task changes is guarded by its fence: a worker that was cut off, and
// does not know it, comes with a smaller one than the worker after it.
func ExampleTaskOf() {
	var seen int64 // where the resource is: UPDATE ... WHERE fence < $1
	charge := cluster.Define[int, string]("charge")
	onServer(charge, func(ctx context.Context, cents int) (string, error) {
		task, _ := cluster.TaskOf(ctx)
		if task.Fence <= seen {
			return "", skein.Permanent(errors.New("somebody else has this task"))
		}
		seen = task.Fence
		return fmt.Sprintf("%d cents for %s", cents, task.Run), nil
	}, func(ctx context.Context, c *cluster.Client) error {
		run, err := c.Run(ctx, "november")
		if err != nil {
			return err
		}
		if _, err := charge.Submit(ctx, run, 100); err != nil {
			return err
		}
		if err := run.Wait(ctx); err != nil {
			return err
		}
		for text, err := range charge.Results(ctx, run) {
			fmt.Println(text, err)
		}
		return nil
	})
	// Output: 100 cents for november <nil>
}

// A queue has no end. Its dead tasks are listed, and submitted again.
func ExampleClient_Queue() {
	mail := cluster.Define[string, string]("mail", cluster.Attempts(1))
	up := false
	onServer(mail, func(_ context.Context, to string) (string, error) {
		if !up {
			return "", errors.New("the mail server is down")
		}
		return "sent to " + to, nil
	}, func(ctx context.Context, c *cluster.Client) error {
		q, err := c.Queue(ctx, "mail", cluster.Keep(24*time.Hour))
		if err != nil {
			return err
		}
		if _, err := mail.Submit(ctx, q, "ann"); err != nil {
			return err
		}
		for o, err := range q.Outcomes(ctx) {
			if err != nil {
				return err
			}
			if o.Outcome == cluster.Succeeded {
				text, err := o.Result(ctx)
				fmt.Printf("%s %v\n", text, err)
				break
			}
			fmt.Println(o.Outcome, o.Cause)
			up = true
			dead, err := q.Dead(ctx)
			if err != nil {
				return err
			}
			for _, d := range dead {
				if _, err := q.Resubmit(ctx, d.Ended); err != nil {
					return err
				}
			}
		}
		s, err := q.Snapshot(ctx)
		if err == nil {
			fmt.Println(s.Counts)
		}
		return err
	})
	// Output:
	// failed the mail server is down
	// "sent to ann" <nil>
	// 1 failed, 1 succeeded
}

// No more than two of the run's tasks run at a time, on however many machines.
func ExampleLimit() {
	call := cluster.Define[int, int]("call")
	onServer(call, func(_ context.Context, i int) (int, error) { return i * i, nil }, func(ctx context.Context, c *cluster.Client) error {
		run, err := c.Run(ctx, "calls", cluster.Limit(2))
		if err != nil {
			return err
		}
		if _, err := call.SubmitAll(ctx, run, slices.Values([]int{1, 2, 3})); err != nil {
			return err
		}
		err = run.Wait(ctx)
		sum := 0
		for v := range call.Results(ctx, run) {
			sum += v
		}
		fmt.Println(sum, err)
		return run.Delete(ctx)
	})
	// Output: 14 <nil>
}
