package command

import (
	"math"
	"os"

	"example.com/skein/cmd/internal/task"
)

const (
	// mostOne is how long one argument can be on every system that has a
	// limit for one: Linux has 128 KiB with its end, and a line for the shell
	// is one argument.
	mostOne = 128<<10 - 1

	// pointer is what an argument takes beside its bytes and its end.
	pointer = 8

	// headroom is left for what is put into the environment of a job.
	headroom = 4 << 10
)

// Measure is how a command is measured on its way to where it runs. The zero value
// is that of a process that is started here.
type Measure struct {
	Most int              // of all of it; 0: no limit but that of a process
	Word int              // what an argument takes beside its text
	Text func(string) int // what a text takes: not less than it has bytes
}

func (m Measure) text(s string) int {
	if m.Text == nil {
		return len(s)
	}
	return m.Text(s)
}

func (m Measure) word() int { return max(m.Word, 1+pointer) }

// Room is how much the inputs of one command may take together, in the measure of
// [Template.Size].
func (t *Template) Room(m Measure) int {
	room := argMax() - headroom
	for _, v := range os.Environ() {
		room -= len(v) + 1 + pointer
	}
	if m.Most > 0 {
		room = min(room, m.Most)
	}
	none := task.Spec{Values: make([]string, t.most)}
	if t.words == nil {
		room = min(room, mostOne) - pointer
		for i := range t.line.text {
			if p := &t.line.text[i]; p.kind != repeated {
				room -= m.text(p.fill(none, 0))
			}
		}
		return room
	}
	for _, w := range t.words {
		if !w.repeats() {
			room -= m.text(w.fill(none, 0)) + m.word()
		}
	}
	return room
}

// Size is how much an input takes of a command that has many; with one that is too
// long for an argument there is no room for another.
func (t *Template) Size(m Measure, input string) int {
	one := task.Spec{Input: input, Values: []string{input}}
	if t.words == nil {
		return t.line.text.size(m, one)
	}
	sum := 0
	for _, w := range t.words {
		n := w.size(m, one)
		if n > mostOne {
			return math.MaxInt
		}
		if n > 0 || w.repeats() {
			sum += n + m.word()
		}
	}
	return sum
}

// size is what the spec adds to a text, or rather more: a placeholder with a
// number is counted with every input.
func (t text) size(m Measure, one task.Spec) (n int) {
	for i := range t {
		p := t[i]
		switch {
		case p.kind == repeated:
			n += p.sub.size(m, one) + m.text(" ")
		case p.kind.numbers():
			n += 20 // digits
		case p.kind == body || p.kind == end || p.kind == literal:
		default:
			p.n = min(p.n, 1)
			n += m.text(p.fill(one, 0))
		}
	}
	if t.repeats() {
		for _, p := range t {
			n += m.text(p.text)
		}
	}
	return n
}
