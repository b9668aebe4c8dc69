package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/skein/cmd/internal/usage"
)

// hole is a placeholder in a text: text[start:end].
type hole struct {
	holder
	start, end int
}

// grammar finds placeholders: which there are depends on the inputs.
type grammar struct {
	*Inputs
	label  bool     // for people: {} may be all values in one text
	fields []string // the names found, with Fields
	most   int      // the largest number found
}

// holes finds the placeholders of a text. A brace after $ or @ is text, as in
// ${} and HEAD@{1}, and so is what is not the name of a placeholder.
func (g *grammar) holes(text string) (found []hole, err error) {
	for i := 0; i < len(text); {
		h, n, err := g.at(text, i)
		if err != nil {
			return nil, err
		}
		if h.kind != literal {
			if err := g.checkHole(h, text[i:i+n]); err != nil {
				return nil, err
			}
			found = append(found, hole{h, i, i + n})
		}
		i += max(n, 1)
	}
	return found, nil
}

// HasPlaceholder says that a text has a placeholder, be it one that the inputs
// have no value for.
func HasPlaceholder(text string, in Inputs) bool {
	g := &grammar{Inputs: &in, label: true}
	found, err := g.holes(text)
	return err != nil || len(found) > 0
}

// at gives the placeholder that begins at text[i] and its length, if one does.
func (g *grammar) at(text string, i int) (holder, int, error) {
	after := i > 0 && (text[i-1] == '$' || text[i-1] == '@')
	if b := g.Braces; b != "" && strings.HasPrefix(text[i:], b) && (b[0] != '{' || !after) {
		return g.whole(), len(b), nil
	}
	if text[i] != '{' || after {
		return holder{}, 0, nil
	}
	end := strings.IndexByte(text[i:], '}')
	if end < 0 || end == 1 && g.Braces != "" {
		return holder{}, 0, nil
	}
	h, err := g.parse(text[i+1 : i+end])
	if h.kind == literal {
		return h, 0, err
	}
	return h, end + 1, err
}

// whole is the holder of {}.
func (g *grammar) whole() holder { return holder{kind: whole, n: g.only()} }

// only is the number of the value that needs none.
func (g *grammar) only() int {
	if g.Values == 1 {
		return 1
	}
	return 0
}

// parse reads what stands between braces.
func (g *grammar) parse(name string) (holder, error) {
	short := strings.TrimSuffix(name, "q")
	rest := strings.TrimLeft(short, "0123456789")
	number := short[:len(short)-len(rest)]
	k, ok := kinds[rest]
	again := len(short) < len(name)
	if ok && (number == "" || number[0] != '0' && !k.numbers()) && !(again && k.numbers()) {
		n, err := g.number(number, name)
		return holder{k, n, again}, err
	}
	return g.parseNamed(name)
}

// number gives the place of the value that a number means.
func (g *grammar) number(number, name string) (int, error) {
	n, err := strconv.Atoi(number)
	most := max(g.Values, 1)
	if g.Many {
		most = g.Most
	}
	switch {
	case number == "":
		return g.only(), nil
	case err == nil && n <= most && (g.Many || g.Values > 0):
		g.most = max(g.most, n)
		return n, nil
	case err == nil && n == 1 && !g.Many:
		return 0, nil
	}
	return 0, usage.Errorf(g.sources()+"; a repetition in a pattern can be written {"+number+","+number+"}",
		"{%s}: there is no input %s", name, number)
}

// sources says which numbers there are.
func (g *grammar) sources() string {
	switch {
	case g.Many && g.Most > 0:
		return fmt.Sprintf("a command has at most %d inputs, {1} to {%d}", g.Most, g.Most)
	case g.Many:
		return "how many inputs a command has is not known before, {} is all of them"
	case g.Names != nil:
		return fmt.Sprintf("there are %d columns, {1} to {%d}", g.Values, g.Values)
	case g.Values > 1:
		return fmt.Sprintf("there are %d sources of inputs, {1} to {%d}", g.Values, g.Values)
	}
	return "there is one source of inputs, {} or {1}"
}

// parseNamed reads {NAME}, {NAME.} and so on, and {NAME:q}.
func (g *grammar) parseNamed(name string) (holder, error) {
	short := strings.TrimSuffix(name, ":q")
	again := len(short) < len(name)
	if n, ok := g.named(short); ok {
		return holder{whole, n, again}, nil
	}
	for _, mod := range []string{"/.", "//", "/", "."} {
		if n, ok := g.named(strings.TrimSuffix(short, mod)); ok && strings.HasSuffix(short, mod) {
			return holder{kinds[mod], n, again}, nil
		}
	}
	if g.Names != nil && isName(short) {
		return holder{}, usage.Errorf("the columns are: "+strings.Join(g.Names, ", ")+`; with a blank behind the brace it is text: "{ "`,
			"{%s}: there is no column %s", name, short)
	}
	return holder{}, nil
}

// named gives the place of the value of that name.
func (g *grammar) named(name string) (int, bool) {
	if name == "" {
		return 0, false
	}
	if g.Fields && isName(name) {
		i := slices.Index(g.fields, name)
		if i < 0 {
			i = len(g.fields)
			g.fields = append(g.fields, name)
		}
		return i + 1, true
	}
	i := slices.Index(g.Names, name)
	return i + 1, i >= 0
}

// isName says that somebody who writes it between braces means a name:
// letters, digits, _ - and, between them, dots.
func isName(s string) bool {
	for i, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c >= 0x80:
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '.' && i < len(s)-1):
		default:
			return false
		}
	}
	return s != ""
}

// checkHole refuses a placeholder that does not say which value it means.
func (g *grammar) checkHole(h holder, text string) error {
	switch {
	case h.kind.numbers() || g.label:
		return nil
	case g.None:
		return usage.Errorf("the block is the task's standard input; {#} is its number", "%s: with --pipe there is no input", text)
	case h.n == 0 && g.several():
		return usage.Errorf("write which: "+g.list(), "%s: each task has %d inputs, and a placeholder is one argument", text, g.Values)
	case h.n > 0 && h.n <= len(g.Names) && isTwice(g.Names, h.n-1) && isNamed(text, g.Names[h.n-1]):
		return usage.Errorf("write which: "+g.list(), "%s: several columns have this name", text)
	}
	return nil
}

// list names the placeholders of several values.
func (g *grammar) list() string {
	names := []string{"{1}", "{2}"}
	if g.Values > 3 {
		names = append(names, "...")
	}
	if g.Values > 2 {
		names = append(names, fmt.Sprintf("{%d}", g.Values))
	}
	list := strings.Join(names, " ")
	if len(g.Names) > 0 && g.Names[0] != "" && !isTwice(g.Names, 0) {
		list += ", or {" + g.Names[0] + "} and so on"
	}
	return list
}

// isTwice says that another name is the same as names[i].
func isTwice(names []string, i int) bool {
	return slices.Contains(names[:i], names[i]) || slices.Contains(names[i+1:], names[i])
}

func isNamed(text, name string) bool { return name != "" && strings.HasPrefix(text, "{"+name) }
