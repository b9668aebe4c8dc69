package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/usage"
)

// openJournal opens the journal of a run that begins. It is nil if none is to
// be kept, or none can be and nobody asked for it.
func (f *flags) openJournal(from *source) (*journal.Log, error) {
	switch {
	case f.journal != "":
		return f.openAsked(f.journal, from)
	case os.Getenv("SKEIN_JOURNAL") == "off":
		return nil, nil
	}
	log, err := f.openUnasked(from)
	if err != nil {
		tell("no journal is kept: %v", err)
		fmt.Fprintln(os.Stderr, "hint: SKEIN_JOURNAL=off keeps none, without this message")
	}
	return log, nil
}

// openAsked opens the journal that somebody has named.
func (f *flags) openAsked(dir string, from *source) (*journal.Log, error) {
	run, err := f.newRun(from)
	if err != nil {
		return nil, err
	}
	log, err := journal.Open(dir, run, journal.Options{Asked: true, Sync: f.journalSync})
	if errors.Is(err, journal.ErrRunning) {
		return nil, running(dir)
	}
	if err != nil {
		return nil, usage.Errorf("name a directory of its own, in one that is there", "--journal %s: %v", dir, cause(err))
	}
	if err := journal.Link(dir, log.ID()); err != nil {
		tell("skein runs will not list this run: %v", err)
	}
	tellProblems(log.Before())
	return log, nil
}

func (f *flags) openUnasked(from *source) (*journal.Log, error) {
	home, err := journal.Home()
	if err != nil {
		return nil, err
	}
	run, err := f.newRun(from)
	if err != nil {
		return nil, err
	}
	return journal.Open(filepath.Join(home, run.ID), run, journal.Options{Sync: f.journalSync})
}

// newRun is what the journal notes of a run that begins now.
func (f *flags) newRun(from *source) (journal.Run, error) {
	dir, err := os.Getwd()
	return journal.Run{
		ID: journal.NewID(), Time: time.Now().UTC(), Directory: journal.Text(dir),
		Args: f.recorded, Template: f.template(from), Names: from.inputs.Names, Boot: journal.Boot(), PID: local.Leader(),
	}, err
}

// template is what makes commands of inputs: with other words the same input
// is another task.
func (f *flags) template(from *source) []string {
	mode := "auto"
	switch {
	case f.tasks != "":
		mode = "tasks"
	case f.shell:
		mode = "shell"
	case f.exec:
		mode = "exec"
	}
	if from.inputs.None {
		mode += " block"
	}
	words := append([]string{mode, f.replace}, from.inputs.Names...)
	return append(append(words, ""), f.command...)
}

// closeJournal ends the journal and gives the exit status of the run: 4 if
// one that was asked for is not whole, and 1 if all tasks succeeded but some
// that failed before, or were left out.
func closeJournal(log *journal.Log, exit int) int {
	if log == nil {
		return exit
	}
	if n := log.Failed(); n > 0 {
		tell("%s failed before; skein resume --failed %s repeats them", count(n, "task", "tasks"), log.ID())
	}
	if exit == 0 && log.Failed()+log.LeftOut() > 0 {
		exit = 1
	}
	asked := log.Asked()
	if err := log.Close(exit); err != nil {
		tell("the journal is not whole: %v", err)
		if asked {
			exit = 4
		}
	}
	journal.Prune(log.Dir()) // the next run tries again
	return exit
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// running says who keeps the journal.
func running(dir string) error {
	what := dir
	if s, err := journal.Read(dir); err == nil {
		what = fmt.Sprintf("%s, process %d", s.Last().ID, s.Last().PID)
	}
	return usage.Errorf("wait for its end, or end it", "the run is still running: %s", what)
}

// tellProblems tells which lines of a journal cannot be read.
func tellProblems(s *journal.State) {
	for i, p := range s.Problems {
		if i == 10 {
			tell("and %d more", len(s.Problems)-i)
			return
		}
		tell("%s, line %d: %s; it is passed over", filepath.Join(s.Dir, p.File), p.Line, p.What)
	}
}

// tell says something on standard error before the run, or after it.
func tell(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "skein: "+format+"\n", args...)
}
