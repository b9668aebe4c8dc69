package main

import (
	"slices"
	"strings"
	"testing"
)

func TestOutputThatIsMissingIsAnError(t *testing.T) {
	s := stage{t.TempDir()}
	for _, tt := range []struct {
		name  string
		e     execution
		fails string // part of the error; "": none
		lost  int64
	}{
		{"all there", execution{argv: []string{"echo", "ok"}, want: 3}, "", 0},
		{"two bytes short", execution{argv: []string{"echo", "ok"}, want: 5}, "2 missing", 2},
		{"short, but told beforehand", execution{argv: []string{"echo", "ok"}, want: 5, lossy: true}, "", 2},
		{"complete, but failed", execution{argv: []string{"sh", "-c", "echo ok; echo why >&2; exit 3"}, want: 3}, "why", 0},
		{"from standard input", execution{argv: []string{"cat"}, stdin: strings.NewReader("12345"), want: 5}, "", 0},
		{"ended by us when enough was out", execution{argv: []string{"sh", "-c", "echo ok; exec sleep 60"}, want: 1 << 20, sized: true, enough: 3}, "", 1<<20 - 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := s.execute(t.Context(), tt.e)
			if r.lost != tt.lost {
				t.Errorf("%d bytes lost, want %d", r.lost, tt.lost)
			}
			if tt.fails == "" && err != nil || tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)) {
				t.Errorf("error is %v, want one with %q", err, tt.fails)
			}
		})
	}
}

func TestInputsAreTheNumbersFromOne(t *testing.T) {
	s := stage{t.TempDir()}
	f, err := s.inputFile(3)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if want := "1\n2\n3\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	if got := strings.Join(inputs(3), " "); got != "1 2 3" {
		t.Errorf("as arguments: %q", got)
	}
}

// A figure whose name is misspelt would silently be left out.
func TestEveryFigureIsMeasured(t *testing.T) {
	b := &bench{runners: runners(&programs{})}
	for _, p := range []part{
		{figures: coreFigures, workloads: new(gobench).coreWorkloads(), units: coreUnits},
		{figures: clusterFigures, workloads: new(gobench).clusterWorkloads(), units: clusterUnits},
		{figures: runFigures, workloads: b.workloads(), units: runUnits},
	} {
		for _, f := range p.figures {
			if !p.measures(f.workload, f.impl) || f.than != "" && !p.measures(f.workload, f.than) {
				t.Errorf("%s: nothing measures %s and %s in %s", f.about, f.impl, f.than, f.workload)
			}
		}
	}
}

func (p part) measures(name, impl string) bool {
	return slices.ContainsFunc(p.workloads, func(w workload) bool {
		return w.name == name && slices.ContainsFunc(w.subjects, func(s subject) bool { return s.impl == impl })
	})
}
