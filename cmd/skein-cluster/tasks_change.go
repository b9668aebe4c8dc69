package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/retry"
	"example.com/skein/cmd/internal/usage"
)

// cancel is skein tasks cancel. It ends submission too, so that it is known how
// many tasks there were, whoever waits.
func (t *tasks) cancel(ctx context.Context, names []string) error {
	text := t.Cause
	if text == "" {
		text = "cancelled by skein tasks cancel"
	}
	for _, name := range names {
		run, err := t.run(ctx, name)
		if err != nil {
			return err
		}
		before, err := run.Snapshot(ctx)
		if err != nil {
			return err
		}
		if before.Finished {
			return usage.Errorf("skein tasks delete removes it", "%s has ended: there is nothing to cancel", name)
		}
		if err := run.Cancel(ctx, &cluster.Cause{Text: text, Type: "context.Canceled"}); err != nil {
			return err
		}
		if err := run.Close(ctx); err != nil {
			return err
		}
		if err := t.done(name, "cancelled", 0, ""); err != nil {
			return err
		}
	}
	return nil
}

// delete is skein tasks delete.
func (t *tasks) delete(ctx context.Context, names []string) error {
	for _, name := range names {
		run, err := t.run(ctx, name)
		if err != nil {
			return err
		}
		if err := end(ctx, run); err != nil {
			return err
		}
		err = run.Delete(ctx)
		if errors.Is(err, cluster.ErrRunning) {
			err = usage.Errorf("skein tasks cancel ends them", "%s: not all of its tasks have ended", name)
		}
		if err == nil {
			err = t.done(name, "deleted", 0, "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// end sees to it that somebody has seen that all have ended, if they have; of a
// run that was cancelled it waits until then.
func end(ctx context.Context, run *cluster.Run) error {
	s, err := run.Snapshot(ctx)
	if err != nil || s.Finished {
		return err
	}
	if s.Cancelled != nil {
		err = run.Close(ctx) // who cancelled it may not have
	} else if !s.Closed || s.Left() > 0 {
		return nil
	}
	if err == nil {
		err = run.Wait(ctx)
	}
	var bad *cluster.RunError
	if errors.As(err, &bad) {
		return nil
	}
	return err
}

// mostAtOnce is how many are submitted at the same time: they travel together.
const mostAtOnce = 256

// retry is skein tasks retry.
func (t *tasks) retry(ctx context.Context, args []string) error {
	all, err := t.c.Runs(ctx)
	if err != nil {
		return err
	}
	l, err := find(all, args[0])
	if err != nil {
		return err
	}
	dead, err := t.deadOf(ctx, l)
	if err == nil {
		dead, err = chosen(dead, l.Name, args[1:])
	}
	if err != nil {
		return err
	}
	if len(dead) == 0 {
		return t.done(l.Name, "retried", 0, "")
	}
	to, err := retry.Open(ctx, t.c, all, l)
	if err != nil {
		return err
	}
	n, err := resubmit(ctx, to, dead)
	if run, ok := to.(*cluster.Run); ok && to.Name() != l.Name {
		if closed := run.Close(ctx); err == nil {
			err = closed
		}
	}
	if told := t.done(l.Name, "retried", n, to.Name()); err == nil {
		err = told
	}
	if err == nil && t.Wait {
		t.out.Flush()
		err = waitFor(ctx, to)
	}
	return err
}

// chosen are the dead tasks with these ids; all, if there is none.
func chosen(dead []cluster.Dead, run string, ids []string) ([]cluster.Dead, error) {
	if len(ids) == 0 {
		return dead, nil
	}
	var some []cluster.Dead
	for _, text := range ids {
		id, err := cluster.ParseID(text)
		if err != nil {
			return nil, usage.Errorf("a TASK is as in thumb.1.17; skein tasks dead "+run+" lists them", "%s: no task", inert.Text(text))
		}
		i := slices.IndexFunc(dead, func(d cluster.Dead) bool { return d.Task == id })
		if i < 0 {
			return nil, usage.Errorf("skein tasks dead "+run+" lists those that are", "%s of %s is not dead", id, run)
		}
		some = append(some, dead[i])
	}
	return some, nil
}

// resubmit submits tasks again, and says how many are safe. One of which nobody
// knows the arguments any more does not keep the others back.
func resubmit(ctx context.Context, to retry.Target, dead []cluster.Dead) (n int, err error) {
	var safe atomic.Int64
	err = skein.Each(ctx, dead, func(ctx context.Context, d cluster.Dead) error {
		if _, err := to.Resubmit(ctx, d.Ended); err != nil {
			return err
		}
		safe.Add(1)
		return nil
	}, skein.KeepGoing(), skein.Limit(mostAtOnce))
	return int(safe.Load()), err
}

// waitFor waits until a run has ended.
func waitFor(ctx context.Context, of retry.Target) error {
	run, ok := of.(*cluster.Run)
	if !ok {
		return usage.Errorf("skein tasks dead lists what fails again", "--wait: %s is a queue, which has no end", of.Name())
	}
	return run.Wait(ctx)
}

// deed is what was done; its JSON is that of --json.
type deed struct {
	Run   string `json:"run"`
	Done  string `json:"done"`
	Tasks *int   `json:"tasks,omitempty"`
	To    string `json:"to,omitempty"` // which took them
}

// done tells what was done.
func (t *tasks) done(name, what string, n int, to string) error {
	c := deed{Run: name, Done: what, To: to}
	if what == "retried" {
		c.Tasks = &n
	}
	if t.JSON {
		return t.print(c)
	}
	text := inert.Text(name) + " " + what
	switch {
	case what == "retried" && to == "":
		text = "no task of " + inert.Text(name) + " is dead"
	case what == "retried":
		text = fmt.Sprintf("%d dead of %s submitted again, to %s", n, inert.Text(name), to)
	}
	_, err := fmt.Fprintln(t.out, text)
	return err
}
