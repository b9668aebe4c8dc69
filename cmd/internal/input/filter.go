package input

import (
	"iter"

	"example.com/skein/cmd/internal/task"
)

// NotEmpty leaves out the specs whose values are all empty, and numbers those
// that stay.
func NotEmpty(specs iter.Seq2[task.Spec, error]) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		n := 0
		for s, err := range specs {
			if err == nil && isEmpty(s) {
				continue
			}
			n++
			s.Seq = n
			if !yield(s, err) {
				return
			}
		}
	}
}

func isEmpty(s task.Spec) bool {
	if s.Values == nil {
		return s.Input == ""
	}
	for _, v := range s.Values {
		if v != "" {
			return false
		}
	}
	return true
}
