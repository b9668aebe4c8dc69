package command

import (
	"strconv"
	"strings"

	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// kind is what a placeholder stands for. The meanings are GNU parallel's.
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
)

var kinds = map[string]kind{
	"": whole, ".": stem, "/": base, "//": dir, "/.": baseStem, "#": seq, "%": slot,
}

// hole is a placeholder in a text: text[start:end].
type hole struct {
	kind       kind
	start, end int
}

// holes finds the placeholders of a text. A brace after $ or @ is text, as in
// ${} and HEAD@{1}, and so is what is not the name of a placeholder.
func holes(text string) (found []hole, err error) {
	for i := 0; i < len(text); {
		if text[i] != '{' || i > 0 && (text[i-1] == '$' || text[i-1] == '@') {
			i++
			continue
		}
		k, n, err := parseHole(text[i:])
		if err != nil {
			return nil, err
		}
		if k != literal {
			found = append(found, hole{k, i, i + n})
		}
		i += max(n, 1)
	}
	return found, nil
}

// parseHole looks at a text that starts with a brace. It gives what stands
// there and its length.
func parseHole(text string) (kind, int, error) {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return literal, 0, nil
	}
	name := text[1:end]
	rest := strings.TrimLeft(name, "0123456789")
	number := name[:len(name)-len(rest)]
	k, ok := kinds[rest]
	if !ok || number != "" && (number[0] == '0' || k == seq || k == slot) {
		return literal, 0, nil
	}
	if number != "" && number != "1" {
		return literal, 0, usage.Errorf("there is one source of inputs, {} or {1}; "+
			"a repetition in a pattern can be written {"+number+","+number+"}",
			"%s: there is no input %s", text[:end+1], number)
	}
	return k, end + 1, nil
}

// value is what a placeholder is replaced with.
func (k kind) value(s task.Spec, slotOf int) string {
	switch k {
	case whole:
		return s.Input
	case stem:
		return withoutExt(s.Input)
	case base:
		return baseOf(s.Input)
	case dir:
		return dirOf(s.Input)
	case baseStem:
		return withoutExt(baseOf(s.Input))
	case seq:
		return strconv.Itoa(s.Seq)
	case slot:
		return strconv.Itoa(slotOf)
	}
	panic("no placeholder")
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
