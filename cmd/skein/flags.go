package main

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/usage"
)

// flags is the command line of skein run.
type flags struct {
	jobs      int
	null      bool
	tasks     string
	from      string
	keepOrder bool
	tag       bool
	line      bool
	timeout   time.Duration
	grace     time.Duration
	name      string
	verbose   bool
	events    string
	shell     bool
	exec      bool
	dryRun    bool
	help      bool

	command   []string
	inputs    []string // after :::
	hasInputs bool     // there was a :::
}

// parseFlags reads the command line of skein run. Errors are usage errors.
func parseFlags(args []string) (*flags, error) {
	// The value before anybody raises it, for that is what the user has.
	f := &flags{jobs: runtime.GOMAXPROCS(0), grace: 5 * time.Second}
	set := f.set()
	if err := set.Parse(args); err != nil {
		return nil, explain(err)
	}
	if f.help {
		return f, nil
	}
	var err error
	f.command, f.inputs, f.hasInputs, err = cutInputs(set.Args())
	if err != nil {
		return nil, err
	}
	if err := f.checkFiles(set); err != nil {
		return nil, err
	}
	return f, f.check()
}

// set tells pflag what there is; what it means stands in runUsage.
func (f *flags) set() *pflag.FlagSet {
	set := pflag.NewFlagSet("run", pflag.ContinueOnError)
	set.SetInterspersed(false)
	set.Usage = func() {}
	set.SortFlags = false
	set.VarP((*jobs)(&f.jobs), "jobs", "j", "")
	set.BoolVarP(&f.null, "null", "0", false, "")
	set.StringVar(&f.tasks, "tasks", "", "")
	set.StringVar(&f.from, "from", "", "")
	set.BoolVarP(&f.keepOrder, "keep-order", "k", false, "")
	set.BoolVar(&f.tag, "tag", false, "")
	set.BoolVar(&f.line, "line", false, "")
	set.Var((*duration)(&f.timeout), "timeout", "")
	set.Var((*duration)(&f.grace), "grace", "")
	set.StringVar(&f.name, "name", "", "")
	set.BoolVarP(&f.verbose, "verbose", "v", false, "")
	set.StringVar(&f.events, "events", "", "")
	set.BoolVar(&f.shell, "shell", false, "")
	set.BoolVar(&f.exec, "exec", false, "")
	set.BoolVar(&f.dryRun, "dry-run", false, "")
	set.BoolVarP(&f.help, "help", "h", false, "")
	return set
}

// checkFiles refuses flags that need the name of a file and have none.
func (f *flags) checkFiles(set *pflag.FlagSet) error {
	for _, name := range []string{"tasks", "from", "events"} {
		if flag := set.Lookup(name); flag.Changed && flag.Value.String() == "" {
			return usage.Errorf("give the name of a file", "--%s '': no file has an empty name", name)
		}
	}
	return nil
}

// check refuses what cannot be together, and what is missing.
func (f *flags) check() error {
	switch {
	case f.tasks != "" && len(f.command) > 0:
		return usage.Errorf("leave out COMMAND, or give the file with --from if its lines are inputs",
			"%s: --tasks has whole commands, there is no other", f.command[0])
	case f.tasks != "" && (f.hasInputs || f.from != ""):
		return usage.Errorf("--tasks FILE has whole commands, --from FILE inputs: give one", "--tasks takes no inputs")
	case f.tasks != "" && (f.shell || f.exec):
		return usage.Errorf("each line of --tasks is a shell line", "--tasks takes neither --shell nor --exec")
	case f.from != "" && f.hasInputs:
		return usage.Errorf("give the inputs in one way", "--from and ::: together")
	case f.shell && f.exec:
		return usage.Errorf("--shell gives the line to the shell, --exec runs a program of that name", "--shell and --exec together")
	case f.tasks != "":
		return nil
	case len(f.command) == 0:
		return usage.Errorf("skein run COMMAND ::: INPUT...; if the inputs are whole commands: skein run --tasks -", "no COMMAND")
	case f.command[0] == "":
		return usage.Errorf("the first word after the flags is the program", "COMMAND is empty")
	}
	return nil
}

// mostJobs is more than any system runs.
const mostJobs = 1_000_000

// jobs is the value of -j.
type jobs int

func (j *jobs) Type() string   { return "N" }
func (j *jobs) String() string { return strconv.Itoa(int(*j)) }

func (j *jobs) Set(s string) error {
	const hint = "-j N runs at most N at a time, -j 0 as many as the system allows; without -j one per CPU"
	n, err := strconv.Atoi(s)
	switch {
	case errors.Is(err, strconv.ErrRange), n > mostJobs:
		return usage.Errorf(hint, "too large: the most is %d", mostJobs)
	case err != nil || s[0] == '+':
		return usage.Errorf(hint, "not a number of tasks")
	case n < 0:
		return usage.Errorf(hint, "fewer than none")
	}
	*j = jobs(n)
	return nil
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

// explain says what pflag found in our own words.
func explain(err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	var mistake *usage.Error
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(unknown)
	case errors.As(err, &invalid):
		what, hint := invalid.Unwrap().Error(), ""
		if errors.As(err, &mistake) {
			what, hint = mistake.What, mistake.Hint
		} else if invalid.GetFlag().Value.Type() == "bool" {
			what, hint = "takes no value", "leave out the ="+invalid.GetValue()
		}
		return usage.Errorf(hint, "%s %s: %s", spelled(invalid.GetFlag()), invalid.GetValue(), what)
	case errors.As(err, &missing):
		return usage.Errorf("skein run --help says what it takes", "%s: its value is missing", spelled(missing.GetFlag()))
	}
	return usage.Errorf("skein run --help says what there is", "%v", err)
}

// spelled is a flag as it is mostly written.
func spelled(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

// unknownFlag looks for a habit from elsewhere.
func unknownFlag(e *pflag.NotExistError) error {
	name := e.GetSpecifiedName()
	flag := "--" + name
	if e.GetSpecifiedShortnames() != "" {
		flag = "-" + name
	}
	hint := habits[flag]
	if ours := near(name); hint == "" && ours != "" {
		hint = "there is --" + ours
	}
	if hint == "" {
		hint = "flags of the command itself come after it; skein run --help says what there is"
	}
	return usage.Errorf(hint, "%s: no such flag", flag)
}

// near names a flag of ours that begins as the one asked for, or is written
// with other dashes.
func near(name string) string {
	plain := strings.NewReplacer("-", "", "_", "")
	for _, ours := range []string{"jobs", "null", "tasks", "from", "keep-order", "tag", "line", "timeout", "grace",
		"name", "verbose", "events", "shell", "exec", "dry-run", "help"} {
		if len(name) > 1 && strings.HasPrefix(plain.Replace(ours), plain.Replace(strings.ToLower(name))) {
			return ours
		}
	}
	return ""
}
