package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/inert"
)

// attempt is how one ended; its JSON is that of --json.
type attempt struct {
	Attempt   int       `json:"attempt"`
	Worker    string    `json:"worker,omitempty"`
	Started   time.Time `json:"started,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`
	Cause     string    `json:"cause,omitempty"`
	CauseType string    `json:"cause_type,omitempty"`
}

func attemptOf(e *cluster.Ended) attempt {
	a := attempt{Attempt: e.Attempt, Worker: e.Worker, Started: e.Started, Ended: e.Ended}
	var cause *cluster.Cause
	if errors.As(e.Cause, &cause) {
		a.Cause, a.CauseType = cause.Text, cause.Type
	}
	return a
}

// deadTask is one that is dead.
type deadTask struct {
	Run     string          `json:"run"`
	Task    string          `json:"task"`
	Type    string          `json:"type,omitempty"`
	Outcome cluster.Outcome `json:"outcome"`
	attempt
	Vanished int             `json:"vanished_workers,omitempty"`
	Args     json.RawMessage `json:"args,omitempty"`        // if they are JSON,
	Raw      []byte          `json:"args_base64,omitempty"` // else
	History  []attempt       `json:"history"`               // earlier attempts, in order
}

func deadTaskOf(d *cluster.Dead) deadTask {
	t := deadTask{
		Run: d.Run, Task: d.Task.String(), Outcome: d.Outcome, attempt: attemptOf(&d.Ended),
		Vanished: d.Deliveries, History: []attempt{},
	}
	if args, err := d.Args(); err == nil && json.Valid(args) {
		t.Args = args
	} else if err == nil {
		t.Raw = args
	}
	for i := range d.History {
		t.History = append(t.History, attemptOf(&d.History[i]))
	}
	return t
}

// dead is skein tasks dead.
func (t *tasks) dead(ctx context.Context, names []string) error {
	all, err := t.named(ctx, names)
	if err != nil {
		return err
	}
	n := 0
	for _, l := range all {
		if l.State == cluster.StateFinished && l.Counts[cluster.Succeeded]+l.Counts[cluster.Cancelled] == l.Counts.Total() {
			continue // there is none
		}
		dead, err := t.deadOf(ctx, l)
		if err != nil {
			return err
		}
		for i := range dead {
			n++
			if err := t.tellDead(&dead[i]); err != nil {
				return err
			}
		}
	}
	if n == 0 && !t.JSON {
		_, err = fmt.Fprintln(t.out, "no task is dead")
	}
	return err
}

// deadOf are the dead tasks of a run or queue.
func (t *tasks) deadOf(ctx context.Context, l cluster.Listed) ([]cluster.Dead, error) {
	of, err := look(ctx, t.c, l)
	if errors.Is(err, cluster.ErrNotThere) {
		return nil, nil // it is just removed
	}
	if err != nil {
		return nil, err
	}
	return of.Dead(ctx)
}

// tellDead tells of one, and its attempts.
func (t *tasks) tellDead(d *cluster.Dead) error {
	one := deadTaskOf(d)
	if t.JSON {
		return t.print(one)
	}
	fmt.Fprintf(t.out, "%s %s: %s", inert.Text(one.Run), one.Task, inert.Text(string(one.Outcome)))
	if one.Attempt > 0 {
		fmt.Fprintf(t.out, " at attempt %d", one.Attempt)
	}
	fmt.Fprintf(t.out, ", %s, by %s\n", when(one.Ended), inert.Text(one.Worker))
	if one.Vanished > 0 {
		fmt.Fprintf(t.out, "  workers that vanished with it: %d\n", one.Vanished)
	}
	if one.Cause != "" {
		fmt.Fprintf(t.out, "  %s\n", inert.Text(one.Cause))
	}
	for _, a := range one.History {
		fmt.Fprintf(t.out, "  attempt %d, %s: %s\n", a.Attempt, when(a.Ended), oneLine(a.Cause))
	}
	return nil
}
