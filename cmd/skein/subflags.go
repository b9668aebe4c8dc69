package main

import (
	"errors"
	"os"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/member"
	"example.com/skein/cmd/internal/usage"
)

// errHelp says that the help is wanted.
var errHelp = errors.New("help")

// newSet makes the flags of a subcommand: --help is one.
func newSet(subcommand string) *pflag.FlagSet {
	set := pflag.NewFlagSet(subcommand, pflag.ContinueOnError)
	set.Usage = func() {}
	set.SortFlags = false
	set.BoolP("help", "h", false, "")
	return set
}

// setOf tells pflag what flags a subcommand has; nil: it takes none.
func setOf(subcommand string) *pflag.FlagSet {
	switch subcommand {
	case "run":
		return new(flags).set()
	case "resume":
		return new(resumeFlags).set()
	case "runs":
		return new(runsFlags).set()
	case "show":
		return new(showFlags).set()
	case "top":
		return new(topFlags).set()
	case "serve":
		return new(member.Serve).Set()
	case "worker":
		return new(member.Worker).Set()
	case "web":
		return new(member.Web).Set()
	case "tasks":
		return new(member.Tasks).Set()
	case "doctor":
		return new(member.Doctor).Set()
	case "trace", "completion", "man":
		return newSet(subcommand)
	}
	return nil
}

// parseRun reads the flags of a subcommand that takes at most one RUN, and
// gives the RUN.
func parseRun(set *pflag.FlagSet, args []string) (run string, err error) {
	if err := set.Parse(args); err != nil {
		return "", explain(err, set, args)
	}
	switch help, _ := set.GetBool("help"); {
	case help:
		return "", errHelp
	case set.NArg() > 1:
		return "", usage.Errorf("one RUN, or none for the latest of this directory", "%s: one RUN too many", set.Arg(1))
	}
	return set.Arg(0), nil
}

// failed gives the exit status for an error of a subcommand, which may be
// that the help is wanted.
func failed(subcommand string, err error) int {
	if errors.Is(err, errHelp) {
		return help([]string{subcommand})
	}
	return fail(subcommand, err)
}

// pick reads the journal of a RUN; without one that of the latest run of this
// directory which is wanted.
func pick(run string, want func(*journal.State) bool, none func() error) (*journal.State, error) {
	if run != "" {
		dir, err := journal.Find(run)
		if err != nil {
			return nil, err
		}
		return journal.Read(dir)
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	dirs, err := journal.All()
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		s, err := journal.Read(dir)
		if err == nil && string(s.Last().Directory) == here && want(s) {
			return s, nil
		}
	}
	return nil, none()
}

// anyRun wants each run, and says so if there is none.
func anyRun(*journal.State) bool { return true }

func noRun() error {
	return usage.Errorf("skein runs lists those of all directories", "no run of this directory has a journal")
}
