package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// gobench is the compiled benchmarks of a package.
type gobench struct {
	binary    string
	benchtime string // of the usual benchmark
	longer    string // of those whose goroutines fight, which vary most
	flags     []string
}

// compile builds the benchmarks into dir and calibrates the microsecond once,
// so that all processes work equally hard.
func compile(ctx context.Context, root, dir string, benchtime time.Duration) (*gobench, error) {
	g := &gobench{
		binary:    filepath.Join(dir, "bench.test"),
		benchtime: benchtime.String(),
		longer:    (3 * benchtime).String(),
	}
	if _, err := output(ctx, root, "go", "test", "-c", "-o", g.binary, "example.com/skein/bench"); err != nil {
		return nil, err
	}
	m, err := g.run(ctx, "Spin", "100ms")
	if err != nil {
		return nil, err
	}
	g.flags = []string{"-spin=" + strconv.Itoa(int(m["loops/us"]))}
	return g, nil
}

// run runs one benchmark, named like Spawn/tasks=10/impl=skein, in a process
// of its own.
func (g *gobench) run(ctx context.Context, name, benchtime string) (metrics, error) {
	args := []string{"-test.run=NONE", "-test.bench=" + exactly(name), "-test.benchtime=" + benchtime}
	out, err := output(ctx, filepath.Dir(g.binary), g.binary, append(args, g.flags...)...)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out) // a benchmark says there what went wrong
	}
	return parse(out)
}

// exactly turns a benchmark's name into the pattern that matches only it.
func exactly(name string) string {
	return "^Benchmark" + strings.ReplaceAll(name, "/", "$/^") + "$"
}

// parse reads the one line of results in the output of a test binary.
func parse(out string) (metrics, error) {
	var found []metrics
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		m := make(metrics)
		for i := 2; i+1 < len(f); i += 2 {
			x, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				return nil, fmt.Errorf("read result %q: %w", line, err)
			}
			m[f[i+1]] = x
		}
		found = append(found, m)
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d results instead of one in %q", len(found), out)
	}
	return found[0], nil
}
