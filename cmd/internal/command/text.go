package command

import (
	"slices"
	"strings"

	"example.com/skein/cmd/internal/task"
)

// piece is a text as it stands, or a placeholder.
type piece struct {
	holder
	text string                    // of a literal
	as   func(value string) string // what the value goes through, in a line; nil: nothing
	doc  *document                 // of body and end
	sub  text                      // of repeated
}

// text is a template of one word, name or line.
type text []piece

// parseText cuts a text at its placeholders.
func (g *grammar) parseText(s string) (text, error) {
	found, err := g.holes(s)
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
		t = append(t, piece{holder: h.holder})
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

// repeats says that the text, of a word, is one for each of many inputs.
func (t text) repeats() bool {
	for _, p := range t {
		if p.kind != literal && !p.kind.numbers() && p.n == 0 {
			return true
		}
	}
	return false
}

// takes says that the text has a placeholder at all: a command in which none
// stands gets the input appended.
func (t text) takes() bool {
	for _, p := range t {
		if p.kind != literal {
			return true
		}
	}
	return false
}

// again says that a placeholder in it is {q}.
func (t text) again() bool {
	return slices.ContainsFunc(t, func(p piece) bool { return p.again })
}

// append adds the text, filled once for each of many inputs.
func (t text) append(argv []string, s task.Spec, slotOf int) []string {
	for _, v := range s.Values {
		s.Input = v
		argv = append(argv, t.fill(s, slotOf))
	}
	return argv
}

// fill replaces the placeholders.
func (t text) fill(s task.Spec, slotOf int) string {
	if len(t) == 1 { // the usual word: no copy
		return t[0].fill(s, slotOf)
	}
	var b strings.Builder
	for i := range t {
		b.WriteString(t[i].fill(s, slotOf))
	}
	return b.String()
}

func (p *piece) fill(s task.Spec, slotOf int) string {
	switch p.kind {
	case literal:
		return p.text
	case repeated:
		return p.sub.each(s, slotOf)
	case body:
		return p.doc.fill(s, slotOf)
	case end:
		return p.doc.end(s, slotOf)
	}
	v := p.value(s, slotOf)
	if p.as != nil {
		return p.as(v)
	}
	return v
}

// each fills the text once for each of many inputs.
func (t text) each(s task.Spec, slotOf int) string {
	var b strings.Builder
	for i, v := range s.Values {
		if i > 0 {
			b.WriteByte(' ')
		}
		s.Input = v
		b.WriteString(t.fill(s, slotOf))
	}
	return b.String()
}
