package main

import (
	"errors"
	"os"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/usage"
)

// errHelp says that the help is wanted.
var errHelp = errors.New("help")

// parseRun reads the flags of a subcommand that takes at most one RUN, and
// gives the RUN.
func parseRun(set *pflag.FlagSet, args []string) (run string, err error) {
	set.Usage = func() {}
	help := set.BoolP("help", "h", false, "")
	switch err := set.Parse(args); {
	case err != nil:
		return "", explain(err, set, args)
	case *help:
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
func pick(run string, want func(*journal.State) bool, none string) (*journal.State, error) {
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
	return nil, usage.Errorf("skein runs lists those of all directories", "%s", none)
}
