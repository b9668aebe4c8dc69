package input

import (
	"iter"
	"math"
	"math/bits"
	"strings"

	"example.com/skein/cmd/internal/task"
)

// Source is a list of inputs.
type Source struct {
	Args   []string
	Linked bool // goes with the source before it, whose length it has
}

// Combine gives every combination of one input of each source, or of each
// group of linked ones. The last group varies fastest. None is kept, so many
// sources need no more memory than their lists.
func Combine(sources []Source) iter.Seq2[task.Spec, error] {
	groups := group(sources)
	return func(yield func(task.Spec, error) bool) {
		at := make([]int, len(groups))
		for seq := range Combinations(sources) {
			if !yield(combination(sources, groups, at, seq+1), nil) {
				return
			}
			for g := len(groups) - 1; g >= 0; g-- {
				if at[g]++; at[g] < groups[g] {
					break
				}
				at[g] = 0
			}
		}
	}
}

// combination is the one in which each group has the input at its place.
func combination(sources []Source, groups []int, at []int, seq int) task.Spec {
	values := make([]string, len(sources))
	g := -1
	for i, s := range sources {
		if !s.Linked {
			g++
		}
		values[i] = s.Args[at[g]]
	}
	return task.Spec{Seq: seq, Input: strings.Join(values, " "), Values: values}
}

// Combinations says how many there are, or the largest number if there are
// more.
func Combinations(sources []Source) int {
	n := uint64(1)
	for _, length := range group(sources) {
		over, product := bits.Mul64(n, uint64(length))
		if over > 0 || product > math.MaxInt {
			product = math.MaxInt
		}
		n = product
	}
	return int(n)
}

// group gives the length of each group.
func group(sources []Source) (lengths []int) {
	for _, s := range sources {
		if !s.Linked {
			lengths = append(lengths, len(s.Args))
		}
	}
	return lengths
}
