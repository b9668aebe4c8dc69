package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// rate is the value of --rate: so many per second, minute or hour, kept as the
// time from one to the next.
type rate time.Duration

func (r *rate) Type() string   { return "N/s" }
func (r *rate) String() string { return time.Duration(*r).String() }

func (r *rate) Set(s string) error {
	const hint = "write 10/s, 30/m or 100/h"
	number, unit, found := strings.Cut(s, "/")
	per := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
	if !found || per == 0 {
		return usage.Errorf(hint, "not a number per time")
	}
	n, err := strconv.ParseFloat(number, 64)
	every := math.Round(float64(per) / n)
	switch {
	case err != nil || math.IsNaN(n) || math.IsInf(n, 0):
		return usage.Errorf(hint, "not a number per time")
	case n <= 0:
		return usage.Errorf(hint, "a rate of nothing at all")
	case every < 1 || every >= math.MaxInt64:
		return usage.Errorf(hint, "out of range")
	}
	*r = rate(every)
	return nil
}

// attempts is the value of --attempts.
type attempts int

func (a *attempts) Type() string   { return "N" }
func (a *attempts) String() string { return strconv.Itoa(int(*a)) }

func (a *attempts) Set(s string) error {
	const hint = "--attempts 3 tries a task three times in total"
	n, err := strconv.Atoi(s)
	switch {
	case errors.Is(err, strconv.ErrRange) || n > mostJobs:
		return usage.Errorf(hint, "too large: the most is %d", mostJobs)
	case err != nil:
		return usage.Errorf(hint, "not a number of attempts")
	case n < 1:
		return usage.Errorf(hint, "no attempt at all")
	}
	*a = attempts(n)
	return nil
}

// failures is the value of --max-failures.
type failures policy.Policy

func (f *failures) Type() string   { return "N" }
func (f *failures) String() string { return strconv.Itoa(f.MaxFailures) }

func (f *failures) Set(s string) error {
	const hint = "--max-failures 10 stops at the tenth failure, --max-failures 5% when five per cent have failed"
	digits, percent := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil:
		return usage.Errorf(hint, "not a number of failures")
	case n < 1:
		return usage.Errorf(hint, "fewer than one failure")
	case percent && n > 100:
		return usage.Errorf(hint, "more than all")
	}
	f.MaxFailures, f.MaxPercent = n, 0
	if percent {
		f.MaxFailures, f.MaxPercent = 0, n
	}
	return nil
}

// endings is the value of --retry-on: which ends of an attempt.
type endings struct {
	given    bool
	statuses []int
	signals  []syscall.Signal
	timeout  bool
}

func (e *endings) Type() string   { return "LIST" }
func (e *endings) String() string { return fmt.Sprint(e.statuses, e.signals, e.timeout) }

func (e *endings) Set(s string) error {
	const hint = "a list of exit statuses, signals and timeout: --retry-on 75,SIGKILL,timeout"
	*e = endings{given: true}
	for word := range strings.SplitSeq(s, ",") {
		given := word
		word = strings.ToUpper(strings.TrimSpace(word))
		status, err := strconv.Atoi(word)
		signal := unix.SignalNum("SIG" + strings.TrimPrefix(word, "SIG"))
		switch {
		case word == "TIMEOUT":
			e.timeout = true
		case err == nil && status >= 1 && status <= 255:
			e.statuses = append(e.statuses, status)
		case err == nil:
			return usage.Errorf(hint, "%d is no exit status of a failure, they are 1 to 255", status)
		case signal != 0:
			e.signals = append(e.signals, signal)
		default:
			return usage.Errorf(hint, "%q is neither an exit status nor a signal", given)
		}
	}
	return nil
}

// has reports whether an attempt ended in one of these ways.
func (e *endings) has(ev task.Event) bool {
	switch ev.Outcome {
	case task.TimedOut:
		return e.timeout
	case task.Killed:
		return slices.Contains(e.signals, ev.Signal)
	}
	return slices.Contains(e.statuses, ev.ExitStatus)
}
