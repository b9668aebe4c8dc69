package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/report"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// report is what the flags want to be told.
func (f *outputFlags) report(stop func(error), total func() int, live *report.Live) report.Options {
	var turn *atomic.Int64
	if f.keepOrder && !f.tagged() && f.progress != "github" && f.json.outcomes == nil {
		turn = new(atomic.Int64) // nothing of ours has to stand around a whole output
	}
	return report.Options{
		Turn:     turn,
		Progress: f.how(live), Live: live,
		Stdout: os.Stdout, Stderr: os.Stderr, Stop: stop, Total: total,
		Order: f.keepOrder, Tag: f.tagged(), Lines: f.line, Verbose: f.verbose, Quiet: f.quiet,
		JSON: f.json.outcomes, Bare: f.eventsOnStdout(), Groups: f.progress == "github",
	}
}

// shown is what the view at the foot of a terminal needs; nil: there is none.
func (f *outputFlags) shown(live *report.Live) *report.Live {
	if f.progress != "auto" || f.quiet || !report.CanLive(os.Stderr) {
		return nil
	}
	return live
}

// how says how it is shown what goes on.
func (f *outputFlags) how(live *report.Live) report.Progress {
	switch {
	case live != nil:
		return report.ProgressLive
	case !f.quiet && (f.progress == "plain" || f.progress == "github"):
		return report.ProgressPlain
	}
	return report.ProgressNone
}

func (f *outputFlags) tagged() bool { return f.tag || f.tagWith != "" }

// eventsOnStdout says that the events are all that standard output gets.
func (f *outputFlags) eventsOnStdout() bool { return f.events == "-" || f.events == "fd:1" }

// openEvents opens what --events names, or goes on with the file that is
// there; without a name there is nothing.
func openEvents(name string, goOn bool) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	if name == "-" {
		name = "fd:1"
	}
	if number, ok := strings.CutPrefix(name, "fd:"); ok {
		return openNumber(name, number)
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

// openNumber takes a descriptor that somebody has opened for us, and keeps it
// from the tasks.
func openNumber(name, number string) (*os.File, error) {
	const hint = "open it for skein: skein run --events fd:3 ... 3>FILE"
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return nil, usage.Errorf(hint, "--events %s: not a descriptor", name)
	}
	mode, err := unix.FcntlInt(uintptr(n), unix.F_GETFL, 0)
	if err != nil || mode&unix.O_ACCMODE == unix.O_RDONLY || isOwn(n) {
		return nil, usage.Errorf(hint, "--events %s: it is not open for writing", name)
	}
	switch n {
	case 1:
		return os.Stdout, nil
	case 2:
		return os.Stderr, nil
	}
	unix.CloseOnExec(n)
	return os.NewFile(uintptr(n), name), nil
}

// isOwn reports whether skein itself has opened a descriptor, as its journal,
// which is not inherited then.
func isOwn(n int) bool {
	flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0)
	return n > 2 && (err != nil || flags&unix.FD_CLOEXEC != 0)
}

// makeResults makes the directory for --results. Results of two runs in one
// could not be told apart, so there must be nothing in it unless this one goes
// on.
func makeResults(dir string, goOn bool) error {
	if dir == "" {
		return nil
	}
	err := os.MkdirAll(dir, 0o777)
	if err != nil {
		return usage.Errorf("name a directory that can be made", "--results %s: %v", dir, cause(err))
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return usage.Errorf("name a directory that can be read", "--results %s: %v", dir, cause(err))
	}
	if len(names) > 0 && !goOn {
		return usage.Errorf("name another one, or remove what is there: rm -r "+command.Quote(dir),
			"--results %s: it is not empty", dir)
	}
	return nil
}

// tagged gives the commands of work the tags of a template, which are the
// names that it gives.
func tagged(work, tags task.Work) task.Work {
	return func(s task.Spec, slot int) (task.Command, error) {
		c, err := work(s, slot)
		// What is wrong with the input is known, and the tag is there anyway.
		t, _ := tags(s, slot)
		c.Tag = t.Name
		return c, err
	}
}
