package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"time"
)

// runFigures are the promises of skein run.
var runFigures = []figure{
	{about: "jobs per second, tiny program, -j 8", workload: "tiny -j 8", unit: "jobs/s", impl: "skein run", than: "xargs -P", bound: 2, atLeast: true, digits: 2},
	{about: "jobs per second, tiny program, -j 2", workload: "tiny -j 2", unit: "jobs/s", impl: "skein run", than: "xargs -P", bound: 1.5, atLeast: true, digits: 2},
	{about: "jobs per second, tiny program, -j 8", workload: "tiny -j 8", unit: "jobs/s", impl: "skein run", than: "GNU parallel", bound: 15, atLeast: true, digits: 1},
	{about: "jobs per second, tiny program, -j 2", workload: "tiny -j 2", unit: "jobs/s", impl: "skein run", than: "GNU parallel", bound: 15, atLeast: true, digits: 1},
	{about: "processor time of a job, all processes, -j 8", workload: "tiny -j 8", unit: "cpu-µs/job", impl: "skein run", than: "C vfork", bound: 2.2, digits: 2},
	{about: "  of it for the journal, µs", workload: "tiny -j 8", unit: "cpu-µs/job", impl: "skein run", than: "without a journal", minus: true, bound: 10, digits: 1},
	{about: "  more for the live lines, µs", workload: "tiny -j 8", unit: "cpu-µs/job", impl: "on a terminal", than: "skein run", minus: true, bound: 5, digits: 1},
	{about: "time through sh -c, -j 8", workload: "sh -c -j 8", unit: "µs/job", impl: "skein run", than: "xargs -P", bound: 1.1, digits: 2},
	{about: "start of one job, guarded, more than an empty Go program (aim: 10)", workload: "one job", unit: "ms", impl: "skein run", than: "empty Go program", minus: true, bound: 20, digits: 1},
	{about: "peak resident size, a million inputs to ten thousand", workload: "inputs", unit: "peak-MB", impl: "1,000,000", than: "10,000", bound: 1.2, digits: 2},
	{about: "  a million inputs, progress shown, MB", workload: "inputs", unit: "peak-MB", impl: "1,000,000, progress shown", bound: 25, digits: 1},
	{about: "-k, a slow first job and 300 MB behind it, peak resident MB", workload: "-k, a slow first job", unit: "peak-MB", impl: "skein run", bound: 30, digits: 1},
	{about: "  on the disk, MB", workload: "-k, a slow first job", unit: "spool-MB", impl: "skein run", bound: 301, digits: 0},
	{about: "1000 jobs of 1 MB each, bytes lost", workload: "1000 x 1 MB", unit: "lost-B", impl: "skein run", bound: 0},
	{about: "1000 jobs of 1 MB each, peak resident MB", workload: "1000 x 1 MB", unit: "peak-MB", impl: "skein run", bound: 64, digits: 1},
	{about: "  time, of xargs, which keeps nothing together", workload: "1000 x 1 MB", unit: "s", impl: "skein run", than: "xargs -P", bound: 1.3, digits: 2},
}

var runUnits = []string{"jobs/s", "cpu-µs/job", "µs/job", "ms", "peak-MB", "spool-MB", "s", "lost-B"}

// bench is the runners, what they run, and where.
type bench struct {
	stage    stage
	programs *programs
	runners  []runner
	long     bool
}

const (
	manyJobs = 12000
	fewJobs  = 300 // for GNU parallel
	starts   = 10
)

// present keeps the runners that do a job here, and says what is left out.
func (b *bench) present(ctx context.Context) (notices []string) {
	b.runners = slices.DeleteFunc(b.runners, func(r runner) bool {
		if _, err := exec.LookPath(r.program); err != nil {
			notices = append(notices, fmt.Sprintf("%s is not installed: left out", r.impl))
			return true
		}
		if _, err := b.jobs(ctx, r, 1, 1, []string{b.programs.tiny}); err != nil {
			notices = append(notices, fmt.Sprintf("%s is left out: %v", r.impl, err))
			return true
		}
		return false
	})
	return notices
}

func (b *bench) workloads() []workload {
	w := []workload{
		b.jobRate("tiny -j 8", b.runners, 8, b.direct),
		b.jobRate("tiny -j 2", b.rivals(), 2, b.direct),
		b.jobRate("sh -c -j 8", b.rivals(), 8, b.shell),
		b.oneJob(),
	}
	if r, ok := b.runner("skein run"); ok {
		w = append(w, b.memory(r))
	}
	return append(w, b.behind(), b.bigOutput())
}

// rivals are the runners that people choose from.
func (b *bench) rivals() []runner {
	return slices.DeleteFunc(slices.Clone(b.runners), func(r runner) bool { return r.aside })
}

func (b *bench) runner(impl string) (runner, bool) {
	i := slices.IndexFunc(b.runners, func(r runner) bool { return r.impl == impl })
	if i < 0 {
		return runner{}, false
	}
	return b.runners[i], true
}

func (b *bench) direct(runner) []string { return []string{b.programs.tiny} }

// shell is tiny through sh, with the input as its argument. "&& true" makes it
// a line that needs a shell: skein executes directly what does not. The path is
// whole, for xargs searches it anew for each job.
func (b *bench) shell(r runner) []string {
	switch r.impl {
	case "skein run", "GNU parallel":
		return []string{b.programs.tiny + " {} && true"}
	}
	return []string{"/bin/sh", "-c", b.programs.tiny + ` "$1" && true`, "sh"}
}

// jobs runs one job per input, n of them.
func (b *bench) jobs(ctx context.Context, r runner, slots, n int, job []string) (result, error) {
	return b.give(ctx, r, n, execution{
		argv: r.command(r.program, slots, n, job),
		want: int64(n * len("ok\n")),
	})
}

// give executes e with the inputs 1 to n and tells how much was lost.
func (b *bench) give(ctx context.Context, r runner, n int, e execution) (result, error) {
	if r.stdin {
		f, err := b.stage.inputFile(n)
		if err != nil {
			return result{}, err
		}
		defer f.Close()
		e.stdin = f
	}
	e.lossy, e.env, e.terminal = r.lossy, r.env, r.terminal
	return b.stage.execute(ctx, e)
}

// jobRate is how fast small jobs go through.
func (b *bench) jobRate(name string, runners []runner, slots int, job func(runner) []string) workload {
	w := workload{name: name}
	for _, r := range runners {
		w.subjects = append(w.subjects, subject{r.impl, func(ctx context.Context) (metrics, error) {
			n := manyJobs
			var start result
			if r.slowStart {
				n = fewJobs
				var err error
				if start, err = b.jobs(ctx, r, slots, 1, job(r)); err != nil {
					return nil, err
				}
			}
			all, err := b.jobs(ctx, r, slots, n, job(r))
			if err != nil {
				return nil, err
			}
			return perJob(all, start, n), nil
		}})
	}
	return w
}

// perJob takes the cost of a run with one job off, if there was one.
func perJob(all, start result, n int) metrics {
	if start.wall > 0 {
		n--
	}
	wall, cpu := all.wall-start.wall, all.cpu-start.cpu
	return metrics{
		"jobs/s":     float64(n) / wall.Seconds(),
		"µs/job":     micros(wall) / float64(n),
		"cpu-µs/job": micros(cpu) / float64(n),
		"lost-B":     float64(all.lost),
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// oneJob is how long a runner needs for a single one: the median of several
// starts.
func (b *bench) oneJob() workload {
	w := workload{name: "one job"}
	add := func(impl string, start func(context.Context) (result, error)) {
		w.subjects = append(w.subjects, subject{impl, func(ctx context.Context) (metrics, error) {
			var v spread
			for range starts {
				r, err := start(ctx)
				if err != nil {
					return nil, err
				}
				v = append(v, micros(r.wall)/1000)
			}
			return metrics{"ms": v.median()}, nil
		}})
	}
	add("empty Go program", func(ctx context.Context) (result, error) {
		return b.stage.execute(ctx, execution{argv: []string{b.programs.empty}})
	})
	for _, r := range slices.Backward(b.rivals()) {
		add(r.impl, func(ctx context.Context) (result, error) {
			return b.jobs(ctx, r, 1, 1, b.direct(r))
		})
	}
	return w
}
