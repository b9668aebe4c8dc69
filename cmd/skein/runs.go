package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

const runsUsage = `usage: skein runs [flags]

Lists the runs that have a journal, the latest last: those of the last 14 days,
if they do not have more than 200 MB together. A state is one of

  running     a process keeps the journal
  unfinished  skein resume has something to do
  failed      every task has an outcome, some did not succeed
  succeeded   every task did

      --here        only those of this directory
      --json        one JSON object per run
  -h, --help
`

// runsFlags is the command line of skein runs.
type runsFlags struct {
	here bool
	json bool
}

func (f *runsFlags) set() *pflag.FlagSet {
	set := newSet("runs")
	set.BoolVar(&f.here, "here", false, "")
	set.BoolVar(&f.json, "json", false, "")
	return set
}

// runs is skein runs.
func runs(args []string) int {
	var f runsFlags
	extra, err := parseRun(f.set(), args)
	if err == nil && extra != "" {
		err = usage.Errorf("skein show "+extra+" says what became of it", "%s: runs takes no argument", extra)
	}
	if err != nil {
		return failed("runs", err)
	}
	all, err := listRuns(f.here)
	if err != nil {
		return fail("runs", err)
	}
	if f.json {
		return printRunsJSON(all)
	}
	return printRuns(all)
}

// listed is a line of the list; its JSON is that of --json.
type listed struct {
	ID        string               `json:"id"`
	State     string               `json:"state"`
	Begun     time.Time            `json:"begun"`
	Ended     *time.Time           `json:"ended,omitempty"`
	Directory journal.Text         `json:"directory"`
	Args      journal.Words        `json:"args"`
	Journal   journal.Text         `json:"journal"`
	Tasks     int                  `json:"tasks"`
	Whole     bool                 `json:"whole"` // the inputs were read to their end
	Counts    map[task.Outcome]int `json:"counts"`
	Unknown   int                  `json:"started_without_outcome,omitempty"`
	Resumed   int                  `json:"resumed,omitempty"`

	said string // the counts, for people
}

func listRuns(here bool) ([]listed, error) {
	dirs, err := journal.All()
	if err != nil {
		return nil, err
	}
	wd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	var all []listed
	for i := len(dirs) - 1; i >= 0; i-- {
		s, err := journal.Read(dirs[i])
		if errors.Is(err, journal.ErrNoRun) {
			continue
		}
		if err != nil {
			tell("%v", err)
			continue
		}
		if !here || string(s.Last().Directory) == wd {
			all = append(all, list(s))
		}
	}
	return all, nil
}

func list(s *journal.State) listed {
	first, last := s.Runs[0], s.Last()
	l := listed{
		ID: last.ID, State: stateOf(s), Begun: first.Time, Directory: last.Directory, Args: last.Args,
		Journal: journal.Text(s.Dir), Tasks: s.Inputs, Whole: s.Whole, Counts: s.Counts(),
		Unknown: s.Running(), Resumed: len(s.Runs) - 1, said: counts(s),
	}
	if s.Ended != nil {
		l.Ended = &s.Ended.Time
	}
	return l
}

func stateOf(s *journal.State) string {
	switch {
	case s.IsRunning():
		return "running"
	case !s.Whole || s.Wanted(journal.Select{}) > 0:
		return "unfinished"
	case s.Bad() > 0:
		return "failed"
	}
	return "succeeded"
}

func printRuns(all []listed) int {
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tBEGUN\tSTATE\tTASKS\tDIRECTORY\tCOMMAND")
	for _, l := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.Begun.Local().Format("2006-01-02 15:04:05"),
			l.State, l.said, plain(string(l.Directory)), plain(shorten(command.Join(l.Args), 60)))
	}
	return written("runs", w.Flush())
}

func printRunsJSON(all []listed) int {
	out := json.NewEncoder(os.Stdout)
	for _, l := range all {
		if err := out.Encode(l); err != nil {
			return written("runs", err)
		}
	}
	return 0
}

// written gives the exit status after standard output was written.
func written(subcommand string, err error) int {
	if err != nil {
		fail(subcommand, err)
		return 4
	}
	return 0
}

// counts says how many tasks ended how: "7 succeeded, 3 failed".
func counts(s *journal.State) string {
	var parts []string
	for _, o := range []task.Outcome{task.Succeeded, task.Failed, task.TimedOut, task.Killed, task.Cancelled, task.Skipped} {
		if n := s.Count(o); n > 0 {
			parts = append(parts, fmt.Sprint(n, " ", o))
		}
	}
	if n := s.Running(); n > 0 {
		what := "started without an outcome"
		if s.IsRunning() {
			what = "running"
		}
		parts = append(parts, fmt.Sprint(n, " ", what))
	}
	if n := s.Inputs - s.Known(); n > 0 {
		parts = append(parts, fmt.Sprint(n, " waiting"))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// commandLine is the line of the last run, for people.
func commandLine(s *journal.State) string {
	return "skein run " + plain(shorten(command.Join(s.Last().Args), 200))
}

// shorten cuts a text off after n bytes, at the start of a character.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}

// plain is a text without what would move the cursor.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// age is a time that has passed, in its largest unit.
func age(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return count(int(d.Seconds()), "second", "seconds")
	case d < 2*time.Hour:
		return count(int(d.Minutes()), "minute", "minutes")
	case d < 48*time.Hour:
		return count(int(d.Hours()), "hour", "hours")
	}
	return count(int(d.Hours()/24), "day", "days")
}
