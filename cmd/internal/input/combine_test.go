package input_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"example.com/skein/cmd/internal/input"
	"example.com/skein/cmd/internal/task"
)

func TestCombine(t *testing.T) {
	ab, one, none := []string{"a", "b"}, []string{"1", "2", "3"}, []string{}
	rows := []struct {
		says    string
		sources []input.Source
		want    []string
	}{
		{"the last source varies fastest", []input.Source{{Args: ab}, {Args: one}}, []string{"a 1", "a 2", "a 3", "b 1", "b 2", "b 3"}},
		{"linked sources go together", []input.Source{{Args: ab}, {Args: []string{"x", "y"}, Linked: true}}, []string{"a x", "b y"}},
		{"a link is to the source before it", []input.Source{{Args: []string{"p", "q"}}, {Args: ab}, {Args: []string{"x", "y"}, Linked: true}},
			[]string{"p a x", "p b y", "q a x", "q b y"}},
		{"nothing goes with nothing", []input.Source{{Args: ab}, {Args: none}}, nil},
		{"empty inputs are inputs", []input.Source{{Args: []string{""}}, {Args: []string{""}}}, []string{" "}},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			got, err := inputs(t, input.Combine(r.sources))
			if err != nil || !slices.Equal(got, r.want) || input.Combinations(r.sources) != len(r.want) {
				t.Errorf("got %q, %v, %d", got, err, input.Combinations(r.sources))
			}
			for s := range input.Combine(r.sources) {
				if strings.Join(s.Values, " ") != s.Input || len(s.Values) != len(r.sources) {
					t.Errorf("%q has the values %q", s.Input, s.Values)
				}
			}
		})
	}
}

func TestManyCombinations(t *testing.T) {
	var many []input.Source
	for range 10 {
		many = append(many, input.Source{Args: make([]string, 1000)})
	}
	if n := input.Combinations(many); n != math.MaxInt {
		t.Errorf("got %d", n)
	}
	n := 0
	for s := range input.Combine(many) {
		if n++; n == 5 {
			if s.Seq != 5 {
				t.Errorf("number %d", s.Seq)
			}
			break
		}
	}
}

func TestNotEmpty(t *testing.T) {
	specs := func(yield func(task.Spec, error) bool) {
		for _, s := range []task.Spec{{Input: "a"}, {}, {Input: " "}, {Input: " ", Values: []string{"", ""}}, {Input: " x", Values: []string{"", "x"}}} {
			if !yield(s, nil) {
				return
			}
		}
	}
	if got, err := inputs(t, input.NotEmpty(specs)); err != nil || !slices.Equal(got, []string{"a", " ", " x"}) {
		t.Errorf("got %q, %v", got, err)
	}
	for range input.NotEmpty(specs) {
		break
	}
}
