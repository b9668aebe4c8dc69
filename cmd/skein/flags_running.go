package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/usage"
)

// runningFlags say how the tasks are run.
type runningFlags struct {
	jobs    int
	timeout time.Duration
	grace   time.Duration
	every   time.Duration // from --rate or --delay
	dir     string
	stdin   string

	attempts int
	backoff  time.Duration
	retryOn  endings

	policy     policy.Policy
	background bool
	noGuard    bool
	tty        bool
}

func newRunningFlags() runningFlags {
	// The value before anybody raises it, for that is what the user has.
	return runningFlags{jobs: runtime.GOMAXPROCS(0), grace: 5 * time.Second, attempts: 1, backoff: time.Second}
}

func (f *runningFlags) define(set *pflag.FlagSet) {
	set.VarP((*jobs)(&f.jobs), "jobs", "j", "")
	set.Var((*rate)(&f.every), "rate", "")
	set.Var((*duration)(&f.every), "delay", "")
	set.Var((*duration)(&f.timeout), "timeout", "")
	set.Var((*duration)(&f.grace), "grace", "")
	set.Var((*attempts)(&f.attempts), "attempts", "")
	set.Var((*duration)(&f.backoff), "backoff", "")
	set.Var(&f.retryOn, "retry-on", "")
	set.BoolVar(&f.policy.FailFast, "fail-fast", false, "")
	set.Var((*failures)(&f.policy), "max-failures", "")
	set.BoolVar(&f.policy.UntilSuccess, "until-success", false, "")
	set.StringVar(&f.dir, "chdir", "", "")
	f.stdin = "none"
	set.Var((*stdin)(&f.stdin), "stdin", "")
	set.BoolVar(&f.tty, "tty", false, "")
	set.BoolVar(&f.background, "allow-background", false, "")
	set.BoolVar(&f.noGuard, "no-guard", false, "")
}

// checkRunning refuses what cannot be together. readsStdin says that the
// inputs come from standard input, pipe that the tasks are given blocks, away that
// they run on other machines.
func (f *runningFlags) checkRunning(set *pflag.FlagSet, readsStdin, pipe, away bool) error {
	changed := set.Changed
	switch {
	case changed("rate") && changed("delay"):
		return usage.Errorf("--rate 10/s is --delay 0.1s", "--rate and --delay together")
	case f.attempts == 1 && changed("backoff"):
		return usage.Errorf("--attempts 3 tries a task three times in total", "--backoff without --attempts")
	case f.attempts == 1 && changed("retry-on"):
		return usage.Errorf("--attempts 3 tries a task three times in total", "--retry-on without --attempts")
	case f.policy.FailFast && changed("max-failures"):
		return usage.Errorf("--fail-fast is --max-failures 1", "--fail-fast and --max-failures together")
	case pipe && f.stdin != "none":
		return usage.Errorf("--pipe gives each task a block to read; leave out --stdin", "--pipe and --stdin together")
	case f.stdin == "inherit" && readsStdin:
		return usage.Errorf("give the inputs with --from FILE or :::", "--stdin inherit: standard input has the inputs")
	}
	if away {
		return nil
	}
	if err := f.checkDir(); err != nil {
		return err
	}
	return f.checkStdin()
}

func (f *runningFlags) checkDir() error {
	if f.dir == "" {
		return nil
	}
	const hint = "name a directory; one that depends on the input is entered so: skein run 'cd {//} && COMMAND {/}'"
	info, err := os.Stat(f.dir)
	if err != nil {
		return usage.Errorf(hint, "--chdir %s: %v", f.dir, cause(err))
	}
	if !info.IsDir() {
		return usage.Errorf(hint, "--chdir %s: not a directory", f.dir)
	}
	dir, err := filepath.Abs(f.dir)
	if err != nil {
		return usage.Errorf(hint, "--chdir %s: %v", f.dir, err)
	}
	f.dir = dir
	return nil
}

// stdin is the value of --stdin: one of its choices, or a file.
type stdin string

func (s *stdin) Type() string       { return "WHAT" }
func (s *stdin) String() string     { return string(*s) }
func (s *stdin) Set(v string) error { *s = stdin(v); return nil }
func (s *stdin) choices() []string  { return []string{"none", "inherit"} }

// checkStdin looks at the file that the tasks are to read.
func (f *runningFlags) checkStdin() error {
	const hint = "--stdin is none, inherit or a file; ./none is a file"
	if slices.Contains((*stdin)(&f.stdin).choices(), f.stdin) {
		return nil
	}
	file, err := os.Open(f.stdin)
	if err != nil {
		return usage.Errorf(hint, "--stdin %s: %v", f.stdin, cause(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return usage.Errorf(hint, "--stdin %s: is a directory", f.stdin)
	}
	return nil
}

// again makes the line of a command one that works where we are; nil: it does
// already.
func (f *runningFlags) again() func(line string) string {
	if f.dir == "" {
		return nil
	}
	return func(line string) string { return "cd " + command.Quote(f.dir) + " && " + line }
}

// options are what the flags say of a run.
func (f *runningFlags) options() local.Options {
	o := local.Options{
		Limit: f.jobs, Timeout: f.timeout, Grace: f.grace, Every: f.every,
		Policy: f.policy, Dir: f.dir, Stdin: f.stdin, TTY: f.tty, Background: f.background,
		Attempts: f.attempts, Backoff: f.backoff,
	}
	if f.retryOn.given {
		o.RetryOn = f.retryOn.has
	}
	return o
}

const runningUsage = `running
  -j, --jobs N      at most N tasks at a time (default: one per CPU); 0: as many
                    as the system allows, at most 4,000; 50%: half as many as
                    there are CPUs; +2: two more. SIGUSR1 to skein lets one more
                    run at a time, SIGUSR2 one fewer
      --rate N/s    start at most N a second, evenly; also N/m and N/h
      --delay D     at least D from one start to the next
      --timeout D   end a task that takes longer: 90s, 1.5m, 2h; a number alone
                    is seconds; 0: never
      --grace D     how long after SIGTERM a task gets SIGKILL (default 5s)
      --chdir DIR   run the tasks in DIR
      --stdin WHAT  what a task reads: none (the default, it is empty), inherit
                    (what skein has; the tasks share it), or a file, which each
                    reads from its beginning
      --tty         give each task a pseudo-terminal of its own; standard output
                    and standard error are one then, and nobody types
  Signals that end skein (ctrl-C, SIGTERM, SIGHUP) start no further task and end
  those that run, with all their processes; a second one kills at once. ctrl-Z
  stops all, and fg continues all; --timeout and --grace do not count that time.
  A task finds SKEIN_TASK ({#}), SKEIN_SLOT ({%}) and SKEIN_ATTEMPT in its
  environment. It has no terminal.

failures
  Whatever fails, the rest runs, unless one of these says otherwise:
      --fail-fast        stop at the first failure
      --max-failures N   stop at the Nth failure; P%: when P per cent of those
                         that have ended failed, from the tenth end on
      --until-success    stop at the first success, which makes all well
  To stop is to start no further task and to end those that run.
      --attempts N       try a task up to N times in total (default 1); without
                         --line only the output of the last one is shown
      --backoff D        wait a random time before another attempt, at most D
                         (default 1s) after the first, doubled after each, up to
                         a minute or D. The task keeps its place meanwhile
      --retry-on LIST    try again only after these ends: exit statuses, signals
                         and timeout, as in 75,SIGKILL,timeout (default: all). A
                         command that cannot be started is not tried again

what is left behind
  No process of a task outlives the run, whatever ends it. What a task leaves
  behind when it ends has a second to close its output, and is told and ended at
  the end of the run. A second process of skein guards the first: if one of the
  two is killed, the other ends all tasks.
      --allow-background  let it live on, unless skein is told to end
      --no-guard          do without the second process
  A process that has a session and an environment of its own, and whose parent
  has ended, is no longer known as its task's: it ends with the run, not at the
  task's time-out.
  Out of reach: all processes of skein killed at once (tasks die then, not all
  that they started), setuid programs, and what others start when a task asks
  them to: docker, ssh, systemd, at.

`
