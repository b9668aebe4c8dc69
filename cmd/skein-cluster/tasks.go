package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/member"
	"example.com/skein/cmd/internal/usage"
)

// tasks is what skein tasks has in hand.
type tasks struct {
	member.Tasks
	c   *cluster.Client
	out *bufio.Writer // standard output
}

// verbs are what can be done, and with how many names at the least.
var verbs = map[string]struct {
	do    func(*tasks, context.Context, []string) error
	least int
}{
	"list":   {(*tasks).list, 0},
	"dead":   {(*tasks).dead, 0},
	"retry":  {(*tasks).retry, 1},
	"cancel": {(*tasks).cancel, 1},
	"delete": {(*tasks).delete, 1},
}

// belongs says which flag only one of them has.
var belongs = map[string]string{"wait": "retry", "cause": "cancel"}

// runTasks is skein tasks.
func runTasks(args []string) int {
	t := &tasks{out: bufio.NewWriter(os.Stdout)}
	set := t.Set()
	done, err := parse(set, member.TasksHelp, args)
	if done {
		return 0
	}
	verb, names := "list", set.Args()
	if len(names) > 0 {
		verb, names = names[0], names[1:]
	}
	const hint = "list, dead, retry, cancel or delete; skein tasks --help says more"
	v, known := verbs[verb]
	switch {
	case err != nil:
	case looksLikeKey(verb):
		err = errInArguments
	case !known:
		err = usage.Errorf(hint, "%s: not known", inert.Text(verb))
	case len(names) < v.least:
		err = usage.Errorf("skein tasks lists what there is", "%s: no RUN", verb)
	case verb == "list" && len(names) > 0:
		err = usage.Errorf("dead RUN lists what is dead of it", "list %s: it lists all runs", inert.Text(names[0]))
	}
	for name, of := range belongs {
		if err == nil && set.Changed(name) && verb != of {
			err = usage.Errorf("it belongs to "+of, "--%s with %s", name, verb)
		}
	}
	if err != nil {
		return fail("tasks", err, exitUsage)
	}
	ctx, _, release := signals()
	defer release()
	if t.c, err = openOn(ctx, t.On); err != nil {
		return fail("tasks", err, exitUsage)
	}
	defer t.c.Close()
	err = v.do(t, ctx, names)
	if flushed := t.out.Flush(); err == nil {
		err = flushed
	}
	if err != nil {
		return fail("tasks", err, exitFailed)
	}
	return 0
}

// print prints a value as JSON, a line of it.
func (t *tasks) print(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "%s\n", inert.JSON(b))
	return err
}

// target is what is to be looked at: a run or a queue.
type target interface {
	cluster.Target
	Snapshot(context.Context) (*cluster.Snapshot, error)
	Dead(context.Context) ([]cluster.Dead, error)
	Resubmit(context.Context, cluster.Ended) (cluster.ID, error)
}

// look opens what is listed, and changes nothing.
func look(ctx context.Context, c *cluster.Client, l cluster.Listed) (target, error) {
	if l.Queue {
		return c.Queue(ctx, l.Name, cluster.Observe())
	}
	return c.Run(ctx, l.Name, cluster.Observe())
}

// named are those of the list with these names; all, if there is none.
func (t *tasks) named(ctx context.Context, names []string) ([]cluster.Listed, error) {
	all, err := t.c.Runs(ctx)
	if err != nil || len(names) == 0 {
		return all, err
	}
	var chosen []cluster.Listed
	for _, name := range names {
		l, err := find(all, name)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, l)
	}
	return chosen, nil
}

func find(all []cluster.Listed, name string) (cluster.Listed, error) {
	for _, l := range all {
		if l.Name == name {
			return l, nil
		}
	}
	return cluster.Listed{}, usage.Errorf("skein tasks lists what there is", "%s: there is no run and no queue of that name", inert.Text(name))
}

// run opens a run to end it.
func (t *tasks) run(ctx context.Context, name string) (*cluster.Run, error) {
	all, err := t.named(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	if all[0].Queue {
		return nil, usage.Errorf("only runs are cancelled and deleted; a queue forgets outcomes after a while by itself", "%s is a queue, which has no end", name)
	}
	return t.c.Run(ctx, name, cluster.Observe())
}
