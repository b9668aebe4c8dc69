package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// grid is a table of words, its first row the heading.
type grid [][]string

// summary has a row per figure. Beside the ratio by the clock, which is what is
// promised, stands the one by processor time where it is known.
func summary(figures []figure, s samples) grid {
	g := grid{{"what", "unit", "to", "median", "min..max", "bound", "", "cpu"}}
	for _, f := range figures {
		v := f.spread(s)
		unit, to := f.unit, f.than
		if to != "" && !f.minus {
			unit = "ratio"
		}
		median, extent := "-", "-"
		if len(v) > 0 {
			median = f.text(v.median())
			extent = f.text(v.min()) + ".." + f.text(v.max())
		}
		cpu := ""
		if e := f.effort(s); len(e) > 0 {
			cpu = strconv.FormatFloat(e.median(), 'f', 2, 64)
		}
		g = append(g, []string{f.about, unit, to, median, extent, f.boundText(), f.verdict(v), cpu})
	}
	return g
}

// medians has a row per workload and a column per impl: the figures' raw
// material.
func medians(work []workload, s samples, unit string) grid {
	var impls []string
	seen := make(map[string]bool)
	rows := make([]workload, 0, len(work))
	for _, w := range work {
		known := false
		for _, sub := range w.subjects {
			if len(s.values(w.name, sub.impl, unit)) == 0 {
				continue
			}
			known = true
			if !seen[sub.impl] {
				seen[sub.impl] = true
				impls = append(impls, sub.impl)
			}
		}
		if known {
			rows = append(rows, w)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	g := grid{append([]string{unit}, impls...)}
	for _, w := range rows {
		line := []string{w.name}
		for _, impl := range impls {
			line = append(line, short(spread(s.values(w.name, impl, unit)).median()))
		}
		g = append(g, line)
	}
	return g
}

// short prints three significant digits, and all before the point.
func short(x float64) string {
	switch {
	case math.IsNaN(x):
		return "-"
	case math.Abs(x) >= 100:
		return fmt.Sprintf("%.0f", x)
	case math.Abs(x) >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// text prints aligned columns, the first to the left, the others to the right.
func (g grid) text(w io.Writer) {
	widths := g.widths()
	for _, row := range g {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("  " + pad + cell)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	fmt.Fprintln(w)
}

func (g grid) markdown(w io.Writer) {
	for i, row := range g {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(w, "| --- |%s\n", strings.Repeat(" ---: |", len(row)-1))
		}
	}
	fmt.Fprintln(w)
}

func (g grid) widths() []int {
	var widths []int
	for _, row := range g {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}
