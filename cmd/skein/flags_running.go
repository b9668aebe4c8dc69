package main

import (
	"errors"
	"runtime"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/usage"
)

// runningFlags say how the tasks are run.
type runningFlags struct {
	jobs    int
	timeout time.Duration
	grace   time.Duration
}

func newRunningFlags() runningFlags {
	// The value before anybody raises it, for that is what the user has.
	return runningFlags{jobs: runtime.GOMAXPROCS(0), grace: 5 * time.Second}
}

func (f *runningFlags) define(set *pflag.FlagSet) {
	set.VarP((*jobs)(&f.jobs), "jobs", "j", "")
	set.Var((*duration)(&f.timeout), "timeout", "")
	set.Var((*duration)(&f.grace), "grace", "")
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

const runningUsage = `running
  -j, --jobs N      at most N tasks at a time (default: one per CPU); 0: as many
                    as the system allows, at most 4,000
      --timeout D   end a task that takes longer: 90s, 1.5m, 2h; a number alone
                    is seconds; 0: never
      --grace D     how long after SIGTERM a task gets SIGKILL (default 5s)
  A task's standard input is empty, and it has no terminal. ctrl-C and SIGTERM
  start no further task and end those that run, with all their processes; a
  second one kills at once. What a task leaves behind has a second to close its
  output, and is ended with the run.

`
