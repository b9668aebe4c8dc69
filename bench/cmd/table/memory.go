package main

import (
	"bufio"
	"context"
	"io"
	"slices"
	"strconv"
)

// memory is what a runner keeps resident while inputs stream through it. All
// of a million jobs take minutes: without -long the run is ended when as many
// jobs are done as the small one has, with the rest of the inputs still to
// come or already read.
func (b *bench) memory(r runner) workload {
	const few, many = 10_000, 1_000_000
	done := int64(2 * few * len("ok\n"))
	w := workload{name: "inputs", rounds: 3}
	if b.long {
		w.rounds, done = 1, 0
	}
	w.subjects = []subject{
		{"10,000", func(ctx context.Context) (metrics, error) { return b.stream(ctx, r, few, 0) }},
		{"1,000,000", func(ctx context.Context) (metrics, error) { return b.stream(ctx, r, many, done) }},
		{"1,000,000, progress shown", func(ctx context.Context) (metrics, error) {
			shown := r
			shown.terminal = true
			return b.stream(ctx, shown, many, done)
		}},
	}
	return w
}

// stream gives r its inputs through a pipe, as a generator would.
func (b *bench) stream(ctx context.Context, r runner, n int, enough int64) (metrics, error) {
	e := execution{
		argv:   r.command(r.program, 8, n, []string{b.programs.tiny}),
		stdin:  numbers(n),
		want:   int64(n * len("ok\n")),
		sized:  true,
		enough: enough,

		terminal: r.terminal,
	}
	got, err := b.stage.execute(ctx, e)
	return metrics{"peak-MB": float64(got.peak) / megabyte, "s": got.wall.Seconds()}, err
}

// behind is a slow first job under -k with 300 MB behind it, which must wait.
func (b *bench) behind() workload {
	const jobs = 300
	w := workload{name: "-k, a slow first job", rounds: 3}
	for _, r := range b.rivals() {
		var flags []string
		switch r.impl {
		case "GNU parallel":
			flags = []string{"--will-cite"}
		case "skein run":
			flags = []string{"run"}
		default:
			continue // has no order
		}
		w.subjects = append(w.subjects, subject{r.impl, func(ctx context.Context) (metrics, error) {
			line := b.programs.megabyte + "; test {} != 1 || sleep 3"
			argv := slices.Concat([]string{r.program}, flags, []string{"-k", "-j", "2", line})
			got, err := b.give(ctx, r, jobs, execution{argv: argv, want: jobs * megabyte, sized: true})
			return metrics{
				"peak-MB":  float64(got.peak) / megabyte,
				"spool-MB": float64(got.spool) / megabyte,
				"lost-B":   float64(got.lost),
				"s":        got.wall.Seconds(),
			}, err
		}})
	}
	return w
}

// numbers is 1 to n, one on a line, never all in memory. It is read to its end
// or dropped; the writer then ends with its pipe.
func numbers(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		buf := bufio.NewWriter(w)
		for i := range n {
			buf.WriteString(strconv.Itoa(i + 1))
			if buf.WriteByte('\n') != nil {
				break
			}
		}
		buf.Flush()
		w.Close()
	}()
	return r
}

// bigOutput counts every byte of a gigabyte in a thousand pieces.
func (b *bench) bigOutput() workload {
	const jobs = 1000
	w := workload{name: "1000 x 1 MB", rounds: 5}
	for _, r := range b.rivals() {
		if r.slowStart && !b.long {
			continue // a quarter of a minute each
		}
		w.subjects = append(w.subjects, subject{r.impl, func(ctx context.Context) (metrics, error) {
			e := execution{
				argv: r.command(r.program, 8, jobs, []string{b.programs.megabyte}),
				want: jobs * megabyte,
			}
			timed, err := b.give(ctx, r, jobs, e)
			if err != nil {
				return nil, err
			}
			e.sized = true
			sized, err := b.give(ctx, r, jobs, e)
			if err != nil {
				return nil, err
			}
			return metrics{
				"lost-B":  float64(timed.lost + sized.lost),
				"peak-MB": float64(sized.peak) / megabyte,
				"s":       timed.wall.Seconds(),
			}, nil
		}})
	}
	return w
}
