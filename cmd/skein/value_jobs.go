package main

import (
	"errors"
	"runtime"
	"strconv"
	"strings"

	"example.com/skein/cmd/internal/usage"
)

// mostJobs is more than any system runs.
const mostJobs = 1_000_000

// jobs is the value of -j: a number, a share of the CPUs, or how many more
// than CPUs.
type jobs int

func (j *jobs) Type() string   { return "N" }
func (j *jobs) String() string { return strconv.Itoa(int(*j)) }

func (j *jobs) Set(s string) error {
	const hint = "-j N runs at most N at a time, -j 0 as many as the system allows, -j 50% half as many as there are CPUs, -j +2 two more; without -j one per CPU"
	cpus := runtime.GOMAXPROCS(0)
	digits, percent := strings.CutSuffix(s, "%")
	digits, more := strings.CutPrefix(digits, "+")
	n, err := strconv.Atoi(digits)
	switch {
	case errors.Is(err, strconv.ErrRange), n > mostJobs:
		return usage.Errorf(hint, "too large: the most is %d", mostJobs)
	case err != nil || digits[0] == '+' || more && (percent || n < 0):
		return usage.Errorf(hint, "not a number of tasks")
	case n < 0:
		return usage.Errorf("-j 50% uses half of the CPUs", "fewer than none")
	case percent && n == 0:
		return usage.Errorf(hint, "no CPU at all")
	case percent:
		n = min(mostJobs, max(1, cpus*n/100))
	case more:
		n += cpus
	}
	*j = jobs(n)
	return nil
}
