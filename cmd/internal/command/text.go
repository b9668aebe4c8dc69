package command

import (
	"strings"

	"example.com/skein/cmd/internal/task"
)

// piece is a text as it stands, or a placeholder.
type piece struct {
	kind kind
	text string // of a literal
}

// text is a template of one word, name or line.
type text []piece

// parseText cuts a text at its placeholders.
func parseText(s string) (text, error) {
	found, err := holes(s)
	if err != nil {
		return nil, err
	}
	return cut(s, found), nil
}

// cut makes a template of a text whose placeholders are known.
func cut(s string, found []hole) (t text) {
	at := 0
	for _, h := range found {
		t = t.add(s[at:h.start])
		t = append(t, piece{kind: h.kind})
		at = h.end
	}
	return t.add(s[at:])
}

// add puts a literal at the end, joined to the one that may stand there.
func (t text) add(s string) text {
	if s == "" {
		return t
	}
	if n := len(t); n > 0 && t[n-1].kind == literal {
		t[n-1].text += s
		return t
	}
	return append(t, piece{text: s})
}

// fixed says that the text is the same for every task.
func (t text) fixed() bool {
	return len(t) == 0 || len(t) == 1 && t[0].kind == literal
}

// fill replaces the placeholders; each value goes through as first.
func (t text) fill(s task.Spec, slotOf int, as func(string) string) string {
	if len(t) == 1 { // the usual word: no copy
		return t[0].fill(s, slotOf, as)
	}
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.fill(s, slotOf, as))
	}
	return b.String()
}

func (p piece) fill(s task.Spec, slotOf int, as func(string) string) string {
	if p.kind == literal {
		return p.text
	}
	return as(p.kind.value(s, slotOf))
}

func asIs(s string) string { return s }
