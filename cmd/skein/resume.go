package main

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/report"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

const resumeUsage = `usage: skein resume [flags] [RUN]

Goes on with a run that did not come to its end: with its own command line, in
its own directory, it runs the tasks that have no outcome, were cancelled or
skipped. RUN is what skein runs calls it (the start or the end of that is
enough) or the directory that --journal named; without it, it is the latest run
of this directory that has something to do.

A task that was started and has no outcome, as skein was killed, is told and run
again. If its process is still alive it is ended before: SIGTERM, and SIGKILL
after the --grace of the run.

      --failed      repeat those that failed, timed out or were killed, too
      --unwritten   repeat those, too, that ended, and whose output may not have
                    come out: skein was killed before, or it found no room
      --no-rerun    leave out what was started and has no outcome
      --wait        wait for processes that are still alive, instead of ending
                    them
      --from FILE   the rest of the inputs, if they were not read to their end;
                    - is standard input, which is also taken by itself if it is
                    a file or a pipe and something is in it
  -h, --help

exit status
  as of skein run; 1 too if tasks that failed before, or whose output may be
  missing, are not repeated, and 2 if the inputs were not read to their end and
  the rest is not given
`

// resumeFlags is the command line of skein resume.
type resumeFlags struct {
	journal.Select
	wait bool
	from string
}

func (r *resumeFlags) set() *pflag.FlagSet {
	set := newSet("resume")
	set.BoolVar(&r.Failed, "failed", false, "")
	set.BoolVar(&r.Unwritten, "unwritten", false, "")
	set.BoolVar(&r.NoRerun, "no-rerun", false, "")
	set.BoolVar(&r.wait, "wait", false, "")
	set.StringVar(&r.from, "from", "", "")
	return set
}

// resume is skein resume.
func resume(args []string) int {
	var r resumeFlags
	run, err := parseRun(r.set(), args)
	if err != nil {
		return failed("resume", err)
	}
	if r.wait && !journal.KnowsSurvivors {
		return fail("resume", usage.Errorf("see to it yourself that no task of the run is alive, and leave out --wait",
			"--wait: this system does not tell which processes a run has left"))
	}
	s, err := r.pick(run)
	if err == nil {
		err = r.absolute()
	}
	if err != nil {
		return fail("resume", err)
	}
	return r.goOn(s)
}

// pick reads the journal of RUN; without one that of the latest run of this
// directory that has something to do. A run whose inputs were not read to
// their end has that if the rest of them is given.
func (r *resumeFlags) pick(run string) (*journal.State, error) {
	given := r.from != "" || isFed(os.Stdin)
	short, held, runs := "", "", ""
	return pick(run, func(s *journal.State) bool {
		switch {
		case s.IsRunning():
			runs = s.Last().ID
			return false
		case s.Wanted(r.Select) > 0 || given && !s.Whole || hasUnkept(s):
			return true
		case !s.Whole && short == "":
			short = s.Last().ID
		case len(s.Unwritten()) > 0 && held == "":
			held = s.Last().ID
		}
		return false
	}, func() error {
		switch {
		case runs != "":
			return usage.Errorf("wait for its end, or end it: skein top "+runs,
				"no run of this directory has anything to do; %s is still running", runs)
		case held != "":
			return usage.Errorf("these are repeated by: skein resume --unwritten "+held,
				"no run of this directory has anything to do; of tasks of %s the output may not have come out", held)
		case short == "":
			return usage.Errorf("skein runs lists those of all directories", "no run of this directory has anything to do")
		}
		return usage.Errorf("if there is a rest: skein resume --from FILE "+short,
			"no run of this directory has anything to do; the inputs of %s were not read to their end", short)
	})
}

// hasUnkept reports whether tasks have ended whose results were not kept.
func hasUnkept(s *journal.State) bool {
	dir, err := resultsOf(s)
	return err == nil && len(unkept(s, dir)) > 0
}

// absolute makes the name of the file good for another directory.
func (r *resumeFlags) absolute() (err error) {
	if r.from != "" && r.from != "-" {
		r.from, err = filepath.Abs(r.from)
	}
	return err
}

// goOn goes on with the run of a journal.
func (r *resumeFlags) goOn(s *journal.State) int {
	last := s.Last()
	f, err := parseFlags(last.Args)
	if err != nil {
		return fail("resume", fmt.Errorf("the command line of %s: %w", last.ID, err))
	}
	if status, done := f.guard(); done {
		return status
	}
	if err := os.Chdir(string(last.Directory)); err != nil {
		return fail("resume", usage.Errorf("a run is resumed in its own directory", "%s: %v", last.Directory, cause(err)))
	}
	log, err := f.reopen(s)
	if err != nil {
		return fail("resume", err)
	}
	made, err := f.work(f.known(s.Last()), warn)
	if err != nil {
		return closeJournal(log, fail("resume", err))
	}
	s = log.Before()
	tellProblems(s)
	f.reopenUnkept(s)
	tellRun(s, r.Select)
	f.tellStarted(s, r.NoRerun, "it is left out")
	if !r.Unwritten {
		f.tellUnwritten(s, log.ID())
	}
	f.endSurvivors(log, r.wait)
	rest, done, err := r.rest(f, s, made)
	if err != nil {
		return closeJournal(log, fail("resume", err))
	}
	defer done()
	specs := log.Again(r.Select, rest)
	return f.execute("resume", job{made, specs, rest == nil, log.Total, log})
}

// reopenUnkept has the tasks run again that ended when --results could not keep
// what they wrote any more: skein was killed in between, or the disk was full,
// and the run that was to repeat them was stopped. Else whoever has removed results meant to.
func (f *flags) reopenUnkept(s *journal.State) {
	if lost := unkept(s, f.results); len(lost) > 0 {
		tell("the results of %s that ended are not whole; it is run again: %s", count(len(lost), "task", "tasks"), numbers(lost))
	}
}

// unkept takes the outcome from the tasks whose results are not whole in dir,
// and returns which these are.
func unkept(s *journal.State, dir string) []int {
	if dir == "" || s.Ended != nil && !s.Doubtful {
		return nil
	}
	return s.Reopen(func(seq int) bool { return !report.HasResults(dir, seq) })
}

// tellUnwritten tells whose output may be missing.
func (f *flags) tellUnwritten(s *journal.State, id string) {
	if all := s.Unwritten(); len(all) > 0 && f.results == "" {
		tell("the output of %s that ended may not have come out: %s", count(len(all), "task", "tasks"), numbers(all))
		fmt.Fprintf(os.Stderr, "hint: skein resume --unwritten %s repeats them\n", id)
	}
}

// numbers gives the first numbers of a list.
func numbers(all []int) string {
	text := strings.Trim(fmt.Sprint(all[:min(len(all), mostTold)]), "[]")
	if len(all) > mostTold {
		text += " ..."
	}
	return text
}

// known is a source as it was when the run began, without what came from it:
// that is in the journal.
func (f *flags) known(run journal.Run) *source {
	from := &source{inputs: f.inputs(f.replace)}
	if len(run.Names) > 0 {
		from.inputs.Names, from.inputs.Values = run.Names, len(run.Names)
	}
	return from
}

// reopen opens the journal that was read, to go on with it.
func (f *flags) reopen(s *journal.State) (*journal.Log, error) {
	run := s.Last()
	run.Time, run.Boot, run.PID = time.Now().UTC(), journal.Boot(), local.Leader()
	log, err := journal.Open(s.Dir, run, journal.Options{Asked: true, Sync: f.journalSync})
	if errors.Is(err, journal.ErrRunning) {
		return nil, running(s.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	return log, nil
}

// rest opens the rest of the inputs, if it is needed and there. It is nil if
// not. done closes it.
func (r *resumeFlags) rest(f *flags, s *journal.State, made work) (rest iter.Seq2[task.Spec, error], done func(), err error) {
	done = func() {}
	switch {
	case r.from == "" && (s.Whole || !isFed(os.Stdin)):
		return nil, done, nil
	case r.from != "" && s.Whole:
		return nil, done, usage.Errorf("leave out --from; skein run --journal DIR takes new inputs", "the inputs were read to their end, so there is no rest")
	}
	f.sources = nil
	if name := r.name(); f.tasks != "" {
		f.tasks = name
	} else {
		f.from = name
	}
	f.columns = s.Last().Names
	from, err := f.source()
	if err != nil {
		return nil, done, err
	}
	from.many = made.many
	if r.from == "" {
		return unlessEmpty(from.specs), from.close, nil
	}
	return from.specs, from.close, nil
}

func (r *resumeFlags) name() string {
	if r.from == "" {
		return "-"
	}
	return r.from
}

// unlessEmpty gives nil for specs of which there is none: nobody meant to give
// them.
func unlessEmpty(specs iter.Seq2[task.Spec, error]) iter.Seq2[task.Spec, error] {
	next, stop := iter.Pull2(specs)
	first, err, ok := next()
	if !ok {
		stop()
		return nil
	}
	return func(yield func(task.Spec, error) bool) {
		defer stop()
		for ok && yield(first, err) {
			first, err, ok = next()
		}
	}
}

// isFed reports whether something may come from a file by itself: from a pipe
// or a file, but no device.
func isFed(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && (info.Mode().IsRegular() || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0)
}

// mostTold is how many tasks are told one by one.
const mostTold = 10

// tellRun says what is resumed.
func tellRun(s *journal.State, c journal.Select) {
	first := s.Runs[0]
	tell("resuming %s of %s ago: %s", first.ID, age(time.Since(first.Time)), commandLine(s))
	tell("%s: %s; %d to do", count(s.Inputs, "task", "tasks"), counts(s), s.Wanted(c))
	if n := s.Others(c); n > 0 {
		tell("left out as of another command than the last one of this journal: %s", count(n, "task", "tasks"))
	}
}

// tellStarted lists what was started and has no outcome. Of those whose inputs
// were dropped it says what dropped does.
func (f *flags) tellStarted(s *journal.State, noRerun bool, dropped string) {
	seqs := s.Started()
	if len(seqs) == 0 {
		return
	}
	if f.isAway() && !noRerun {
		tell("%s had begun: the cluster says how they ended, or runs them", count(len(seqs), "task", "tasks"))
		return
	}
	before := s.Last()
	if now := journal.Boot(); before.Boot != "" && now != "" && before.Boot != now {
		tell("the system was started anew since: the last records may be missing, so tasks near these may run twice")
	}
	name, err := names(s, s.IsStarted)
	if err != nil {
		return // whoever runs the tasks finds the same
	}
	for i, seq := range seqs {
		if i == mostTold {
			tell("and %d more", len(seqs)-i)
			break
		}
		what := "it is run again"
		switch {
		case noRerun || !s.IsOurs(seq) && !s.Dropped:
			what = "it is left out"
		case !s.IsOurs(seq):
			what = dropped
		}
		tell("task %d was started and has no outcome, %s: %s", seq, what, name(seq))
	}
}
