package main

import (
	"slices"
	"strconv"
)

// runner is a program that runs commands over inputs. command gives the line
// that runs job once per input 1 to n, in slots; the inputs come on standard
// input where stdin is true.
type runner struct {
	impl    string
	program string
	stdin   bool
	command func(program string, slots, n int, job []string) []string

	// slowStart takes the start of the program off the time: GNU parallel is
	// given fewer jobs, over which its quarter of a second would not spread.
	slowStart bool

	// lossy tells that output may be missing although the status is 0: the
	// parallel of moreutils ends its own output pumps before they are dry.
	// What is missing is counted.
	lossy bool

	env      []string
	terminal bool // standard error is one

	aside bool // is only there to show what the work, or a part of it, costs
}

// inputs is 1 to n, for runners that take them as arguments.
func inputs(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = strconv.Itoa(i + 1)
	}
	return list
}

func skeinRun(program string, slots, _ int, job []string) []string {
	return append([]string{program, "run", "-j", strconv.Itoa(slots)}, job...)
}

func vfork(program string, slots, _ int, job []string) []string {
	return append([]string{program, strconv.Itoa(slots)}, job...)
}

func xargs(program string, slots, _ int, job []string) []string {
	return append([]string{program, "-P", strconv.Itoa(slots), "-n", "1"}, job...)
}

func gnuParallel(program string, slots, _ int, job []string) []string {
	return append([]string{program, "--will-cite", "-j", strconv.Itoa(slots)}, job...)
}

func moreutilsParallel(program string, slots, n int, job []string) []string {
	line := append([]string{program, "-j", strconv.Itoa(slots)}, job...)
	return slices.Concat(line, []string{"--"}, inputs(n))
}

// runners are all that are compared; skein stands beside what its figures are
// differences to: itself in other ways, which show what a part of it costs. Next to
// these is xargs, the one that most promises name.
func runners(p *programs) []runner {
	return []runner{
		{impl: "GNU parallel", program: "parallel", stdin: true, command: gnuParallel, slowStart: true},
		{impl: "moreutils parallel", program: "parallel.moreutils", command: moreutilsParallel, lossy: true},
		{impl: "C vfork", program: p.vfork, stdin: true, command: vfork, aside: true},
		{impl: "xargs -P", program: "xargs", stdin: true, command: xargs},
		{impl: "without a journal", program: p.skein, stdin: true, command: skeinRun, env: []string{"SKEIN_JOURNAL=off"}, aside: true},
		{impl: "skein run", program: p.skein, stdin: true, command: skeinRun},
		{impl: "on a terminal", program: p.skein, stdin: true, command: skeinRun, terminal: true, aside: true},
	}
}
