package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/away"
	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/usage"
)

// onFlags say where the tasks are run, if that is not here.
type onFlags struct {
	on string
}

func (f *onFlags) define(set *pflag.FlagSet) { set.StringVar(&f.on, "on", "", "") }

// isAway reports whether others run the tasks.
func (f *onFlags) isAway() bool { return f.on != "" }

// hereOnly are the flags that mean nothing away from here, with what to do.
var hereOnly = map[string]string{
	"tty":      "a worker has no terminal to give",
	"stdin":    "what a task is to read can be an input: --pipe sends it along",
	"grace":    "a worker gives a task 5 seconds",
	"no-guard": "nothing runs here that could be left behind",
}

// measure is how commands are measured that are to run where the flags say.
func (f *flags) measure() command.Measure {
	if !f.isAway() {
		return command.Measure{}
	}
	return command.Measure{Most: away.MostWords(f.dir), Word: away.WordSize, Text: away.TextSize}
}

// A block becomes a task's, which takes 256 KiB of text: base64, and the rest.
const (
	usualAway = 128 << 10
	mostAway  = 180 << 10
)

// checkOn refuses what cannot be with --on.
func (f *flags) checkOn(set *pflag.FlagSet) error {
	if set.Changed("on") && f.on == "" {
		return usage.Errorf("skein serve prints the file of a key that it takes", "--on '': no address")
	}
	if !f.isAway() {
		return nil
	}
	var err error
	set.Visit(func(flag *pflag.Flag) {
		if hint := hereOnly[flag.Name]; hint != "" && err == nil {
			err = usage.Errorf(hint, "%s and --on together", spelled(flag))
		}
	})
	if err == nil && f.dir != "" && !filepath.IsAbs(f.dir) {
		err = usage.Errorf("write the path from the root, as it is on the workers", "--chdir %s with --on: a path that depends on where skein is", f.dir)
	}
	switch {
	case err != nil || !f.pipe:
	case !set.Changed("block"):
		f.block = usualAway
	case f.block > mostAway:
		err = usage.Errorf("--block 128k, or less", "--block with --on: more than a task of a cluster takes")
	}
	if err == nil && !set.Changed("jobs") {
		f.jobs = 0 // the workers know how many they run
	}
	return err
}

// dial opens the run of a job on the cluster, and those that it goes on with.
func (f *flags) dial(ctx context.Context, log *journal.Log) (*away.Conn, error) {
	program, err := sibling("skein-cluster")
	if err != nil {
		return nil, err
	}
	o := away.Open{On: f.on, Run: journal.NewID()}
	if log != nil {
		runs := log.Before().Runs
		for i, run := range runs {
			o.Before = append(o.Before, runOn(run.ID, i))
		}
		o.Run = runOn(log.ID(), len(runs))
	}
	return away.Dial(ctx, program, []string{"away"}, o)
}

// runOn is the name on a cluster of what began as the how manyth run of a journal.
func runOn(id string, i int) string { return fmt.Sprint(id, "-", i) }

// awayOptions are what the flags say of a run on a cluster.
func (f *flags) awayOptions(j job, kill <-chan struct{}) away.Options {
	here := f.runningFlags.options()
	o := away.Options{
		Limit: f.jobs, Timeout: here.Timeout, Attempts: here.Attempts, Backoff: here.Backoff, RetryOn: here.RetryOn,
		Policy: here.Policy, Every: here.Every, Dir: here.Dir, Fixed: j.fixed, SkipAll: j.finite, Kill: kill, Backlog: f.backlog, Background: here.Background,
	}
	if j.log != nil {
		o.Record = j.log.Append
	}
	return o
}

const onUsage = `on other machines
      --on KEY      have the workers of a cluster run the tasks. KEY is the file
                    of an owner's key, which skein serve prints, or the address
                    of servers without keys, as in nats://HOST:4222
  Inputs, output, summary, journal and exit status are as here. A program that
  a worker does not allow fails its task, and so does one that it does not
  have if another worker has run it in this run: else that ends the run as
  here. A shell line is run by /bin/sh there, which the worker must allow. -j
  N is how many tasks are there at a time (default 1,000); how many run is for
  the workers to say. SKEIN_TASK and the like are the worker's own, not of
  this run. --chdir DIR is on the worker. A task takes 256 KiB: -n and -X give
  a command no more, and blocks of --pipe are 128k unless --block says
  otherwise; what is larger fails. If skein is killed the tasks go on, and
  skein resume has their ends. What a task leaves behind is ended when it has
  ended, for no worker knows of runs, and told at the end; with
  --allow-background it lives as long as the worker.
  Not with --on: --tty, --stdin, --grace, --no-guard.

`
