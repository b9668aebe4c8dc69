package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// figure is one promise: a measured value and its bound.
type figure struct {
	about    string
	workload string
	unit     string
	impl     string
	than     string // the rival; "": impl's own value is the figure
	minus    bool   // the difference to the rival, not the ratio
	bound    float64
	atLeast  bool // the bound is a lower one
	never    bool // no round may exceed the bound; else it is for the median
	digits   int  // behind the point, in print; ratios have 2
	round    bool // compare what is printed: for counts, which cannot hit 0 exactly
}

// none is the bound of a figure that is only told.
var none = math.NaN()

// spread is the values of a figure, one per round.
type spread []float64

// spread works the figure out within each round: both sides then met the same
// weather.
func (f figure) spread(s samples) spread {
	ours := s.values(f.workload, f.impl, f.unit)
	if f.than == "" {
		return ours
	}
	theirs := s.values(f.workload, f.than, f.unit)
	var v spread
	for i := range min(len(ours), len(theirs)) {
		if f.minus {
			v = append(v, ours[i]-theirs[i])
		} else {
			v = append(v, ours[i]/theirs[i])
		}
	}
	return v
}

// effort names the unit of the processor time that belongs to one of wall time.
var effort = map[string]string{
	"ns/task": "cpu-ns/task",
	"jobs/s":  "cpu-µs/job",
	"µs/job":  "cpu-µs/job",
}

// effort is the same comparison in processor time. It has no bound, but on a
// busy machine it is the steadier one: what others do costs us waiting, hardly
// work.
func (f figure) effort(s samples) spread {
	unit, ok := effort[f.unit]
	if !ok || f.than == "" || f.minus {
		return nil
	}
	f.unit = unit
	return f.spread(s)
}

func (f figure) verdict(v spread) string {
	switch {
	case len(v) == 0:
		return "left out"
	case math.IsNaN(f.bound):
		return ""
	case f.holds(v.median()) && (!f.never || f.holds(v.max())):
		return "ok"
	}
	return "MISSED"
}

func (f figure) holds(x float64) bool {
	if f.round {
		p := math.Pow10(f.digits)
		x = math.Round(x*p) / p
	}
	if f.atLeast {
		return x >= f.bound
	}
	return x <= f.bound
}

func (f figure) boundText() string {
	switch {
	case math.IsNaN(f.bound):
		return ""
	case f.atLeast:
		return fmt.Sprintf(">= %s", f.text(f.bound))
	}
	return fmt.Sprintf("<= %s", f.text(f.bound))
}

func (f figure) text(x float64) string {
	return strconv.FormatFloat(x, 'f', f.digits, 64)
}

// median of no values is not a number.
func (v spread) median() float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func (v spread) min() float64 { return slices.Min(v) }
func (v spread) max() float64 { return slices.Max(v) }
