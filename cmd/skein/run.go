package main

import (
	"context"
	"iter"
	"os"

	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/report"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// run is skein run: inputs become commands, commands events, and events the
// report.
func run(args []string) int {
	f, err := parseFlags(args)
	if err != nil {
		return fail("run", err)
	}
	if f.help {
		return help([]string{"run"})
	}
	from, err := f.source()
	if err != nil {
		return fail("run", err)
	}
	defer from.close()
	made, err := f.work(from)
	if err != nil {
		return fail("run", err)
	}
	from.announce()
	if f.dryRun {
		return dryRun(os.Stdout, from.specs, made.work, f.jobs)
	}
	log, err := f.openJournal(from)
	if err != nil {
		return fail("run", err)
	}
	specs := from.specs
	if log != nil {
		endSurvivors(log.ID(), log.Before().Started(), false, f.grace)
		specs, from.total = log.Remaining(specs), log.Total
	}
	return f.execute("run", job{made, specs, from.finite, from.total, log})
}

// job is what execute gets beside the flags.
type job struct {
	work
	specs  iter.Seq2[task.Spec, error]
	finite bool         // the specs end by themselves, and soon
	total  func() int   // nil: nobody can know before
	log    *journal.Log // nil: none is kept
}

// execute runs the tasks and reports.
func (f *flags) execute(subcommand string, j job) int {
	file, err := openEvents(f.events, subcommand == "resume")
	if err != nil {
		return closeJournal(j.log, fail(subcommand, err))
	}
	defer file.Close() // each event is a write, so nothing is left to be lost

	ctx, kill, release := local.Signals(context.Background())
	defer release()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	o := local.Options{
		Limit: f.jobs, Timeout: f.timeout, Grace: f.grace, Lines: f.line,
		Fixed: j.fixed, SkipAll: j.finite, Guard: true, Kill: kill,
	}
	if j.log != nil {
		o.Record, o.Run = j.log.Append, j.log.ID()
	}
	events := local.Run(ctx, j.specs, j.work.work, o)
	if file != nil {
		events = report.Log(file, events)
	}
	if j.log != nil {
		events = j.log.Watch(events)
	}
	return closeJournal(j.log, report.Text(events, report.Options{
		Stdout: os.Stdout, Stderr: os.Stderr, Stop: stop,
		Order: f.keepOrder, Tag: f.tag, Lines: f.line, Verbose: f.verbose, Total: j.total,
	}))
}

// openEvents makes the file for --events, or goes on with the one that is
// there; without a name there is none.
func openEvents(name string, goOn bool) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	if name == "-" {
		return nil, usage.Errorf("--events /dev/stderr writes them to standard error", "--events -: standard output belongs to the tasks")
	}
	how := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if goOn {
		how = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	f, err := os.OpenFile(name, how, 0o666)
	if err != nil {
		return nil, usage.Errorf("name a file that can be written", "--events %s: %v", name, cause(err))
	}
	return f, nil
}
