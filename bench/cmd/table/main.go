// Command table measures skein and its rivals side by side and prints one
// table: every figure that is promised, its bound, and ok or MISSED.
//
// Call it through make bench; package bench says how the figures come about.
// It is a report: the status is 0 also if a bound was missed, unless -check.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"time"
)

type flags struct {
	part      string
	rounds    int
	benchtime time.Duration
	only      *regexp.Regexp
	markdown  bool
	check     bool
	long      bool
}

func parseFlags() flags {
	f := flags{only: regexp.MustCompile("")}
	flag.StringVar(&f.part, "part", "all", "`which` promises: core, run, cluster or all")
	flag.IntVar(&f.rounds, "rounds", 7, "how often each is measured")
	flag.DurationVar(&f.benchtime, "benchtime", 150*time.Millisecond, "how long a benchmark of the core runs in a round")
	flag.Func("only", "only workloads that match this regular `expression`", func(s string) (err error) {
		f.only, err = regexp.Compile(s)
		return err
	})
	flag.BoolVar(&f.markdown, "markdown", false, "print markdown")
	flag.BoolVar(&f.check, "check", false, "end with status 1 if a bound is missed")
	flag.BoolVar(&f.long, "long", false, "run all of a million jobs: five minutes more")
	flag.Parse()
	if flag.NArg() > 0 || f.rounds < 1 || !slices.Contains([]string{"core", "run", "cluster", "all"}, f.part) {
		flag.Usage()
		os.Exit(2)
	}
	return f
}

func main() {
	f := parseFlags()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	missed, err := table(ctx, f, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
	if missed && f.check {
		os.Exit(1)
	}
}

// table prints the parts asked for and tells whether a bound was missed.
func table(ctx context.Context, f flags, out io.Writer) (missed bool, err error) {
	root, err := output(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}", "example.com/skein")
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "skein-bench-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)

	fmt.Fprintf(out, "%s, %d rounds\n\n", machine(ctx, root), f.rounds)
	for _, p := range []struct {
		name  string
		build func(ctx context.Context, f flags, root, dir string) (*part, error)
	}{{"core", corePart}, {"run", runPart}, {"cluster", clusterPart}} {
		if f.part != "all" && f.part != p.name {
			continue
		}
		one, err := p.build(ctx, f, root, dir)
		if err != nil {
			return missed, err
		}
		bad, err := one.report(ctx, f, out)
		if err != nil {
			return missed, err
		}
		missed = missed || bad
	}
	return missed, nil
}
