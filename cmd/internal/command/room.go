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

// Room is how many bytes the inputs of one command may take together, in the
// measure of [Template.Size].
func (t *Template) Room() int {
	room := argMax() - headroom
	for _, v := range os.Environ() {
		room -= len(v) + 1 + pointer
	}
	none := task.Spec{Values: make([]string, t.most)}
	if t.words == nil {
		room = min(room, mostOne) - pointer
		for i := range t.line.text {
			if p := &t.line.text[i]; p.kind != repeated {
				room -= len(p.fill(none, 0))
			}
		}
		return room
	}
	for _, w := range t.words {
		if !w.repeats() {
			room -= len(w.fill(none, 0)) + 1 + pointer
		}
	}
	return room
}

// Size is how many bytes an input takes of a command that has many; with one
// that is too long for an argument there is no room for another.
func (t *Template) Size(input string) int {
	one := task.Spec{Input: input, Values: []string{input}}
	if t.words == nil {
		return t.line.text.size(one)
	}
	sum := 0
	for _, w := range t.words {
		n := w.size(one)
		if n > mostOne {
			return math.MaxInt
		}
		if n > 0 || w.repeats() {
			sum += n + 1 + pointer
		}
	}
	return sum
}

// size is what the spec adds to a text, or rather more: a placeholder with a
// number is counted with every input.
func (t text) size(one task.Spec) (n int) {
	for i := range t {
		p := t[i]
		switch {
		case p.kind == repeated:
			n += p.sub.size(one) + 1
		case p.kind.numbers():
			n += 20 // digits
		case p.kind == body || p.kind == end || p.kind == literal:
		default:
			p.n = min(p.n, 1)
			n += len(p.fill(one, 0))
		}
	}
	if t.repeats() {
		for _, p := range t {
			n += len(p.text)
		}
	}
	return n
}
