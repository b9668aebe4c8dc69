package chaos

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Row is what several runs of a fault came to.
type Row struct {
	Fault   Fault
	Bound   time.Duration
	Skipped string // why it was not played; empty: it was
	Runs    int
	Failed  int // runs that did not come to their end
	Tally
}

// Take adds a run.
func (r *Row) Take(t Tally, err error) {
	r.Runs++
	if err != nil {
		r.Failed++
	}
	r.Add(t)
}

// Ok reports whether all is as promised.
func (r Row) Ok() bool {
	return r.Skipped != "" || r.Failed == 0 && r.Wrong() == nil && r.Recover <= r.Bound
}

func (r Row) verdict() string {
	switch {
	case r.Skipped != "":
		return "skipped: " + r.Skipped
	case r.Ok():
		return "ok"
	case r.Failed > 0:
		return fmt.Sprintf("MISSED: %d without an end", r.Failed)
	case r.Bad+r.Unlike > 0:
		return fmt.Sprintf("MISSED: %d bad, %d unlike", r.Bad, r.Unlike)
	}
	return "MISSED"
}

// Table prints a line for each fault, in Markdown whose columns fit.
func Table(w io.Writer, rows []Row) {
	grid := [][]string{
		{"fault", "runs", "times", "tasks", "lost", "twice", "executed again", "needlessly", "worst recovery", "bound", ""},
		{"---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---"},
	}
	for _, r := range rows {
		seconds := func(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
		grid = append(grid, []string{r.Fault.Name, fmt.Sprint(r.Runs), fmt.Sprint(r.Blows), fmt.Sprint(r.Safe), fmt.Sprint(r.Lost), fmt.Sprint(r.Twice),
			fmt.Sprint(r.Again), fmt.Sprint(r.Needless), seconds(r.Recover), seconds(r.Bound), r.verdict()})
	}
	widths := make([]int, len(grid[0]))
	for _, row := range grid {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range grid {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 || i == len(row)-1 {
				fmt.Fprint(w, "| ", cell, pad, " ")
			} else {
				fmt.Fprint(w, "| ", pad, cell, " ")
			}
		}
		fmt.Fprintln(w, "|")
	}
}
