package command

import (
	"strconv"
	"strings"

	"example.com/skein/cmd/internal/task"
)

// kind is what a placeholder takes of an input. The meanings are GNU
// parallel's.
type kind uint8

const (
	literal  kind = iota // no placeholder
	whole                // {}
	stem                 // {.}   without the extension
	base                 // {/}   without the directory
	dir                  // {//}  the directory
	baseStem             // {/.}  without either
	seq                  // {#}
	slot                 // {%}

	body     // of a here-document: sub
	end      // the word that ends it
	repeated // sub once for each input
)

var kinds = map[string]kind{
	"": whole, ".": stem, "/": base, "//": dir, "/.": baseStem, "#": seq, "%": slot,
}

// numbers says that the placeholder stands for a number, not for an input.
func (k kind) numbers() bool { return k == seq || k == slot }

// holder is a placeholder: what is taken of which value.
type holder struct {
	kind  kind
	n     int  // which of the values, from 1; 0: the input
	again bool // quoted once more
}

// value is what a placeholder is replaced with.
func (h holder) value(s task.Spec, slotOf int) string {
	in := s.Input
	if h.n > 0 {
		in = s.Values[h.n-1]
	}
	switch h.kind {
	case stem:
		in = withoutExt(in)
	case base:
		in = baseOf(in)
	case dir:
		in = dirOf(in)
	case baseStem:
		in = withoutExt(baseOf(in))
	case seq:
		in = strconv.Itoa(s.Seq)
	case slot:
		in = strconv.Itoa(slotOf)
	}
	if h.again {
		return quoted(in)
	}
	return in
}

// withoutExt takes the last dot and what follows off, if no slash follows.
func withoutExt(path string) string {
	for i := len(path) - 1; i >= 0 && path[i] != '/'; i-- {
		if path[i] == '.' {
			return path[:i]
		}
	}
	return path
}

// baseOf is what follows the last slash: nothing, if that is the last byte.
func baseOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// dirOf is what dirname(1) says: slashes at the end do not count. The path
// stays as it was written, so unlike path.Dir it follows links as the system
// does.
func dirOf(path string) string {
	p := strings.TrimRight(path, "/")
	if p == "" && path != "" {
		return "/"
	}
	i := strings.LastIndexByte(p, '/')
	if i < 0 {
		return "."
	}
	if d := strings.TrimRight(p[:i], "/"); d != "" {
		return d
	}
	return "/"
}
