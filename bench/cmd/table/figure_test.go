package main

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"
)

func sampled() samples {
	s := make(samples)
	for _, x := range []float64{10, 40, 20} {
		s.add("w", "ours", metrics{"ns": x})
		s.add("w", "theirs", metrics{"ns": 2 * x})
	}
	s.add("w", "theirs", metrics{"ns": 1000}) // a round of which we have no half
	return s
}

func TestARatioIsTakenWithinEachRound(t *testing.T) {
	f := figure{workload: "w", unit: "ns", impl: "ours", than: "theirs", bound: 0.5}
	if got := f.spread(sampled()); !slices.Equal(got, spread{0.5, 0.5, 0.5}) {
		t.Errorf("got %v, want 0.5 three times", got)
	}
}

func TestADifferenceIsTakenWithinEachRound(t *testing.T) {
	f := figure{workload: "w", unit: "ns", impl: "ours", than: "theirs", minus: true}
	if got := f.spread(sampled()); !slices.Equal(got, spread{-10, -40, -20}) {
		t.Errorf("got %v", got)
	}
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		in   spread
		want float64
	}{
		{spread{3}, 3},
		{spread{9, 1, 2}, 2},
		{spread{4, 1, 2, 9}, 3},
	} {
		if got := tt.in.median(); got != tt.want {
			t.Errorf("median of %v is %v, want %v", tt.in, got, tt.want)
		}
	}
	if got := (spread{}).median(); !math.IsNaN(got) {
		t.Errorf("median of nothing is %v", got)
	}
}

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    figure
		v    spread
		want string
	}{
		{"at the bound", figure{bound: 0.25, digits: 2}, spread{0.25}, "ok"},
		{"a ratio just above is not rounded away", figure{bound: 0.25, digits: 2}, spread{0.251}, "MISSED"},
		{"a count is compared as printed", figure{bound: 0, digits: 2, round: true}, spread{0.004}, "ok"},
		{"a count that shows in print", figure{bound: 0, digits: 2, round: true}, spread{0.005}, "MISSED"},
		{"a lower bound reached", figure{bound: 1.5, atLeast: true}, spread{1.6}, "ok"},
		{"a lower bound missed", figure{bound: 1.5, atLeast: true}, spread{1.4}, "MISSED"},
		{"the median decides", figure{bound: 1}, spread{9, 0.5, 0.5}, "ok"},
		{"one round is too many", figure{bound: 1, never: true}, spread{9, 0.5, 0.5}, "MISSED"},
		{"not measured", figure{bound: 1}, nil, "left out"},
		{"only told", figure{bound: none}, spread{7}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.f.verdict(tt.v); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSubjectsTakeTurnsAndEveryOtherRoundGoesBackwards(t *testing.T) {
	var order []string
	sub := func(name string) subject {
		return subject{name, func(context.Context) (metrics, error) {
			order = append(order, name)
			return metrics{"ns": 1}, nil
		}}
	}
	work := []workload{
		{name: "once", rounds: 1, subjects: []subject{sub("x")}},
		{name: "w", subjects: []subject{sub("a"), sub("b")}},
	}
	var progress bytes.Buffer
	s, err := measure(t.Context(), work, 3, &progress)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "x a b b a a b" {
		t.Errorf("order is %s", got)
	}
	if got := len(s.values("w", "a", "ns")); got != 3 {
		t.Errorf("%d samples, want 3", got)
	}
	if got := strings.Count(progress.String(), "\n"); got != 3 {
		t.Errorf("%d lines of progress, want one a round", got)
	}
}
