package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
)

// part is the promises of one thing, and what it takes to measure them.
type part struct {
	figures   []figure
	workloads []workload
	units     []string // whose medians are printed for all rivals
	notices   []string
}

func corePart(ctx context.Context, f flags, root, dir string) (*part, error) {
	g, err := compile(ctx, root, dir, f.benchtime)
	if err != nil {
		return nil, err
	}
	return &part{
		figures:   slices.Concat(coreFigures, seenFigures, mapFigures, streamFigures),
		workloads: slices.Concat(g.coreWorkloads(), g.seenWorkloads(), g.mapWorkloads(), g.streamWorkloads()),
		units:     coreUnits,
	}, nil
}

func runPart(ctx context.Context, f flags, root, dir string) (*part, error) {
	notices := install(ctx, runPackages)
	p, err := buildPrograms(ctx, root, dir)
	if err != nil {
		return nil, err
	}
	b := &bench{stage: stage{dir}, programs: p, runners: runners(p), long: f.long}
	notices = append(notices, b.present(ctx)...)
	return &part{figures: runFigures, workloads: b.workloads(), units: runUnits, notices: notices}, nil
}

func clusterPart(ctx context.Context, f flags, root, dir string) (*part, error) {
	notices := install(ctx, clusterPackages)
	g, err := compileCluster(ctx, root, dir)
	if err != nil {
		return nil, err
	}
	work := g.clusterWorkloads()
	notices = append(notices, withServers(work)...)
	return &part{figures: clusterFigures, workloads: work, units: clusterUnits, notices: notices}, nil
}

// report measures the part and prints it; with an error, as far as it came.
func (p *part) report(ctx context.Context, f flags, out io.Writer) (missed bool, err error) {
	p.restrict(f)
	start := now()
	s, err := measure(ctx, p.workloads, f.rounds, os.Stderr)
	if others := start.foreign(now()); others != "" {
		p.notices = append(p.notices, others)
	}
	show := grid.text
	if f.markdown {
		show = grid.markdown
	}
	show(summary(p.figures, s), out)
	for _, unit := range p.units {
		if g := medians(p.workloads, s, unit); g != nil {
			show(g, out)
		}
	}
	for _, n := range p.notices {
		fmt.Fprintf(out, "note: %s\n", n)
	}
	fmt.Fprintln(out)
	return slices.ContainsFunc(p.figures, func(f figure) bool { return f.verdict(f.spread(s)) == "MISSED" }), err
}

// restrict leaves the workloads that were asked for.
func (p *part) restrict(f flags) {
	p.workloads = slices.DeleteFunc(p.workloads, func(w workload) bool { return !f.only.MatchString(w.name) })
	p.figures = slices.DeleteFunc(slices.Clone(p.figures), func(x figure) bool { return !f.only.MatchString(x.workload) })
}
