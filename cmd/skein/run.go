package main

import (
	"context"
	"iter"
	"os"

	"example.com/skein/cmd/internal/attach"
	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/report"
	"example.com/skein/cmd/internal/task"
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
	if status, done := f.guard(); done {
		return status
	}
	from, err := f.source()
	if err != nil {
		return fail("run", err)
	}
	defer from.close()
	if err := f.checkProgram(); err != nil {
		return fail("run", err)
	}
	made, err := f.work(from, warn)
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
		f.tellStarted(log.Before(), false, "it is run again if its input is there")
		f.tellUnwritten(log.Before(), log.ID())
		f.endSurvivors(log, false)
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
	goOn := subcommand == "resume"
	file, err := openEvents(f.events, goOn)
	if err != nil {
		return closeJournal(j.log, fail(subcommand, err))
	}
	defer file.Close() // each event is a write, so nothing is left to be lost
	if err := makeResults(f.results, goOn); err != nil {
		return closeJournal(j.log, fail(subcommand, err))
	}

	control := local.NewControl()
	ctx, kill, release := local.Signals(context.Background(), control)
	defer release()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	live := &report.Live{}
	told := f.report(stop, j.total, f.shown(live))
	told.UntilSuccess, told.Again = f.policy.UntilSuccess, f.again()
	if j.log != nil {
		told.Written = j.log.Written
		told.Repeat = "skein resume --failed " + j.log.ID()
	}
	o := f.options(j, kill, live, told)
	o.Control = control
	var events iter.Seq[task.Event]
	if f.isAway() {
		conn, err := f.dial(ctx, j.log)
		if err != nil {
			return closeJournal(j.log, fail(subcommand, err))
		}
		events = conn.Run(ctx, j.specs, j.work.work, f.awayOptions(j, kill))
	} else {
		events = local.Run(ctx, j.specs, j.work.work, o)
	}
	if file != nil {
		events = report.Log(file, events)
	}
	if f.results != "" {
		events = report.Results(f.results, events)
	}
	if j.log != nil {
		events = j.log.Watch(events)
	}
	board := &attach.Board{}
	defer f.open(o.Run, board, control, live, stop)()
	return closeJournal(j.log, report.Text(board.Watch(events), told))
}

// options are those of the run of a job that is reported so.
func (f *flags) options(j job, kill <-chan struct{}, live *report.Live, told report.Options) local.Options {
	o := f.runningFlags.options()
	o.Lines, o.Backlog, o.Fixed, o.SkipAll, o.Kill, o.Wrote = f.line, f.backlog, j.fixed, j.finite, kill, live.Wrote
	if j.log != nil {
		o.Record, o.Run = j.log.Append, j.log.ID()
	}
	if told.Turn != nil {
		o.Turn = func() int { return int(told.Turn.Load()) }
	}
	return o
}
