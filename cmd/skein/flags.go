package main

import (
	"time"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/usage"
)

// flags is the command line of skein run. Each stage has flags of its own.
type flags struct {
	inputFlags
	commandFlags
	runningFlags
	onFlags
	outputFlags
	journalFlags
	help bool
}

// parseFlags reads the command line of skein run. Errors are usage errors.
func parseFlags(args []string) (*flags, error) {
	f := &flags{runningFlags: newRunningFlags()}
	set := f.set()
	if err := set.Parse(args); err != nil {
		return nil, explain(err, set, args)
	}
	if f.help, _ = set.GetBool("help"); f.help {
		return f, nil
	}
	f.keep(args, set.NArg())
	var err error
	f.command, f.sources, err = cutInputs(set.Args())
	if err != nil {
		return nil, err
	}
	if err := checkFiles(set); err != nil {
		return nil, err
	}
	if err := f.check(set.Changed); err != nil {
		return nil, err
	}
	if err := f.checkOn(set); err != nil {
		return nil, err
	}
	return f, f.checkRunning(set, f.readsStdin(), f.pipe, f.isAway())
}

// set tells pflag what there is; what it means stands in runUsage.
func (f *flags) set() *pflag.FlagSet {
	set := newSet("run")
	set.SetInterspersed(false)
	f.inputFlags.define(set)
	f.commandFlags.define(set)
	f.runningFlags.define(set)
	f.onFlags.define(set)
	f.outputFlags.define(set)
	f.journalFlags.define(set)
	return set
}

// fileFlags are those whose value is the name of a file.
var fileFlags = []string{"tasks", "from", "events", "results", "journal", "chdir", "stdin"}

// checkFiles refuses flags that need the name of a file and have none.
func checkFiles(set *pflag.FlagSet) error {
	for _, name := range fileFlags {
		if flag := set.Lookup(name); flag.Changed && flag.Value.String() == "" {
			return usage.Errorf("give the name of a file", "--%s '': no file has an empty name", name)
		}
	}
	return nil
}

// check refuses what cannot be together, and what is missing.
func (f *flags) check(changed func(name string) bool) error {
	if err := f.inputFlags.check(&f.commandFlags, changed); err != nil {
		return err
	}
	if err := f.journalFlags.check(); err != nil {
		return err
	}
	if err := f.outputFlags.check(); err != nil {
		return err
	}
	if err := f.checkResults(); err != nil {
		return err
	}
	return f.commandFlags.check(f.tasks != "", changed)
}

// checkResults refuses a directory for each task: there is one for all.
func (f *flags) checkResults() error {
	in := f.inputs(f.replace)
	in.Fields = in.Fields || f.csv || f.tsv
	if !command.HasPlaceholder(f.results, in) {
		return nil
	}
	return usage.Errorf("DIR is one for all tasks, the Nth has DIR/N in it; a file named by the input is written so: skein run 'COMMAND {} >{}.out'",
		"--results %s: no placeholder can stand in it", command.Quote(f.results))
}

// duration is a time like 90s or 1h30m; a number alone is seconds, as with
// timeout(1).
type duration time.Duration

func (d *duration) Type() string   { return "D" }
func (d *duration) String() string { return time.Duration(*d).String() }

func (d *duration) Set(s string) error {
	const hint = "write 90s, 1.5m or 2h; a number alone is seconds"
	v, err := time.ParseDuration(s)
	if err != nil {
		v, err = time.ParseDuration(s + "s")
	}
	if err != nil {
		return usage.Errorf(hint, "not a time")
	}
	if v < 0 {
		return usage.Errorf(hint, "less than no time")
	}
	*d = duration(v)
	return nil
}
