package main

import (
	"strings"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/report"
	"example.com/skein/cmd/internal/usage"
)

// outputFlags say what is told, and how.
type outputFlags struct {
	keepOrder bool
	backlog   int64
	tag       bool
	tagWith   string
	line      bool
	results   string
	json      outcomes
	quiet     bool
	verbose   bool
	progress  progress
	events    string
}

func (f *outputFlags) define(set *pflag.FlagSet) {
	f.progress = "auto"
	set.BoolVarP(&f.keepOrder, "keep-order", "k", false, "")
	set.Var((*capacity)(&f.backlog), "backlog", "")
	set.BoolVar(&f.tag, "tag", false, "")
	set.StringVar(&f.tagWith, "tag-with", "", "")
	set.BoolVar(&f.line, "line", false, "")
	set.StringVar(&f.results, "results", "", "")
	set.Var(&f.json, "json", "")
	set.Lookup("json").NoOptDefVal = "outcomes"
	set.BoolVar(&f.quiet, "quiet", false, "")
	set.BoolVarP(&f.verbose, "verbose", "v", false, "")
	set.Var(&f.progress, "progress", "")
	set.StringVar(&f.events, "events", "", "")
}

// check refuses what cannot be together.
func (f *outputFlags) check() error {
	instead := ""
	switch {
	case f.json.outcomes != nil:
		instead = "--json"
	case f.eventsOnStdout():
		instead = "--events " + f.events
	}
	switch {
	case f.quiet && f.verbose:
		return usage.Errorf("leave one out", "--quiet and --verbose together")
	case f.json.outcomes != nil && f.eventsOnStdout():
		return usage.Errorf("give the events a file: --events FILE", "--json and --events %s: there is one standard output", f.events)
	case instead != "" && (f.line || f.tag || f.tagWith != ""):
		return usage.Errorf("--json=stdout,stderr puts the outputs into the outcomes, --results DIR into files",
			"%s is instead of the outputs, and takes neither --line nor --tag", instead)
	case f.line && f.progress == "github":
		return usage.Errorf("without --line each output stays together, and becomes a group", "--line and --progress github together")
	}
	return nil
}

// outcomes is the value of --json.
type outcomes struct{ outcomes *report.Outcomes }

func (o *outcomes) Type() string   { return "FIELDS" }
func (o *outcomes) String() string { return "" }

func (o *outcomes) Set(s string) error {
	given := &report.Outcomes{}
	for field := range strings.SplitSeq(s, ",") {
		switch field {
		case "stdout":
			given.Stdout = true
		case "stderr":
			given.Stderr = true
		case "outcomes":
		default:
			return usage.Errorf("--json alone, --json=stdout, --json=stderr or --json=stdout,stderr", "no such output")
		}
	}
	o.outcomes = given
	return nil
}

// progress is the value of --progress.
type progress string

func (p *progress) Type() string   { return "HOW" }
func (p *progress) String() string { return string(*p) }

func (p *progress) Set(s string) error {
	switch s {
	case "auto", "plain", "github", "none":
		*p = progress(s)
		return nil
	}
	return usage.Errorf("a word follows it, auto, plain, github or none: --progress plain COMMAND ...", "no such way to show it")
}

const outputUsage = `output
  Output is kept together and appears when its task ends.
  -k, --keep-order  in the order of the inputs
      --backlog SIZE  how much output may wait for its turn in one temporary
                    file before no further task starts: 500M, 2G (default: 1G,
                    or a tenth of what is free there)
      --line        whole lines as soon as they are written; a last line that
                    has no end gets one
      --tag         the input and a tab before each line, on a terminal in a
                    colour for each slot (not if NO_COLOR is set)
      --tag-with STR  STR, with placeholders, instead of the input
      --results DIR also keep, in DIR/1, DIR/2 and so on for each task, what it
                    wrote, as stdout and stderr, and how it ended, as
                    outcome.json. DIR must be new or empty
      --json        write how each task ended, as JSON, a line each, instead of
                    its output; --json=stdout,stderr with its output in it
      --name STR    what messages call a task, with placeholders (default: its
                    command)
  -v, --verbose     say on standard error what starts and what ends
      --quiet       no progress, no summary, nothing about tasks that fail: the
                    exit status tells. Faults of skein itself are told, and what
                    stops the run early: a signal, --fail-fast and its like
      --progress HOW  auto: what runs, at the foot of a terminal (default);
                    plain: a line every few seconds, for logs; github: that, and
                    each output in a group of GitHub Actions; none.
                    "1m left (50s to 2m)": a guess from the pace so far, and
                    where the truth should lie; "(at least 50s)": the pace is
                    too uneven to say how long at most
      --events FILE one JSON object per line and event: started, finished, how,
                    when, CPU time, memory. fd:N is a descriptor that is open;
                    - is standard output, which then has no output of tasks
  -h, --help

`
