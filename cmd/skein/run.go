package main

import (
	"context"
	"os"

	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/report"
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
	log, err := openEvents(f.events)
	if err != nil {
		return fail("run", err)
	}
	defer log.Close() // each event is a write, so nothing is left to be lost

	ctx, kill, release := local.Signals(context.Background())
	defer release()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	events := local.Run(ctx, from.specs, made.work, local.Options{
		Limit: f.jobs, Timeout: f.timeout, Grace: f.grace, Lines: f.line,
		Fixed: made.fixed, SkipAll: from.finite, Guard: true, Kill: kill,
	})
	if log != nil {
		events = report.Log(log, events)
	}
	return report.Text(events, report.Options{
		Stdout: os.Stdout, Stderr: os.Stderr, Stop: stop,
		Order: f.keepOrder, Tag: f.tag, Lines: f.line, Verbose: f.verbose, Total: from.total,
	})
}

// openEvents makes the file for --events; without a name there is none.
func openEvents(name string) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	if name == "-" {
		return nil, usage.Errorf("--events /dev/stderr writes them to standard error", "--events -: standard output belongs to the tasks")
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, usage.Errorf("name a file that can be written", "--events %s: %v", name, cause(err))
	}
	return f, nil
}
