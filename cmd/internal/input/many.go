package input

import (
	"iter"
	"strings"

	"example.com/skein/cmd/internal/task"
)

// Many are several inputs for one command.
type Many struct {
	Most int // 0: as many as there is room for

	// Room is how many bytes there are for the inputs of one command, and
	// Size what one of them takes. An input that takes more is alone.
	Room int
	Size func(input string) int
}

// Group makes one spec of several, whose inputs are its Values.
func (m *Many) Group(specs iter.Seq2[task.Spec, error]) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		var inputs []string
		n, room := 0, m.Room
		give := func() bool {
			if len(inputs) == 0 {
				return true
			}
			n++
			s := task.Spec{Seq: n, Input: inShort(inputs), Values: inputs}
			inputs, room = nil, m.Room
			return yield(s, nil)
		}
		for s, err := range specs {
			if err != nil {
				if give() {
					yield(task.Spec{}, err)
				}
				return
			}
			size := m.Size(s.Input)
			if size > room && !give() {
				return
			}
			inputs = append(inputs, s.Input)
			room -= size
			if (len(inputs) == m.Most || room < 0) && !give() {
				return
			}
		}
		give()
	}
}

// shortest is how much of many inputs is told to people.
const shortest = 1 << 10

// inShort joins inputs, but not megabytes of them.
func inShort(inputs []string) string {
	var b strings.Builder
	for i, in := range inputs {
		if b.Len()+len(in) > shortest && i > 0 {
			b.WriteString(" ...")
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(in)
	}
	return b.String()
}
