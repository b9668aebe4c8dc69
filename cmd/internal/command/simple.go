package command

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// text gives the template of the line: each placeholder leaves the quotes in
// which it stands for quotes of its own.
func (p *parsed) text() (t text) {
	at := 0
	for _, h := range p.placed {
		t = t.add(p.source[at:h.start])
		around := ""
		switch h.place {
		case inDouble:
			around = `"`
			if escaped(p.source, h.start) {
				t = t.add(`\`) // a backslash that is text must not eat our quote
			}
		case inSingle:
			around = "'"
		}
		t = t.add(around)
		t = append(t, piece{kind: h.kind})
		t = t.add(around)
		at = h.end
	}
	return t.add(p.source[at:])
}

// words gives the words of a line that is one simple command, so that it can
// be executed without a shell: that costs four times as much as the process.
// It is nil where a shell might do anything else than execute these words.
func (p *parsed) words() []text {
	if len(p.file.Stmts) != 1 {
		return nil
	}
	s := p.file.Stmts[0]
	call, ok := s.Cmd.(*syntax.CallExpr)
	if !ok || s.Negated || s.Background || s.Coprocess || s.Disown ||
		len(s.Redirs)+len(call.Assigns) > 0 || len(call.Args) == 0 {
		return nil
	}
	words := make([]text, len(call.Args))
	for i, a := range call.Args {
		if words[i], ok = p.word(a); !ok {
			return nil
		}
	}
	if !isProgram(words[0]) {
		return nil
	}
	return words
}

// isProgram says that a shell would look the word up in the PATH or run the
// file that it names, as we do.
func isProgram(w text) bool {
	if !w.fixed() || len(w) == 0 {
		return false
	}
	name := w[0].text
	return strings.Contains(name, "/") || !builtins[name] && !reserved[name] && !isExported(name)
}

// word gives a word without its quotes, if nothing in it is expanded.
func (p *parsed) word(w *syntax.Word) (t text, ok bool) {
	for _, part := range w.Parts {
		start, end := span(part)
		switch part := part.(type) {
		case *syntax.Lit:
			t, ok = p.unquote(t, start, end, inWord)
		case *syntax.SglQuoted:
			t, ok = p.unquote(t, start+1, end-1, inSingle)
			ok = ok && !part.Dollar
		case *syntax.DblQuoted:
			t, ok = p.unquote(t, start+1, end-1, inDouble)
			ok = ok && !part.Dollar
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
	}
	return t, true
}

// unquote adds source[start:end], which stands in that place, to t.
func (p *parsed) unquote(t text, start, end int, in place) (text, bool) {
	for at := start; at < end; {
		h, stop := p.holeFrom(at, end)
		s, ok := plain(p.source[at:stop], in)
		if !ok {
			return nil, false
		}
		t = t.add(s)
		if at = stop; h != nil {
			t = append(t, piece{kind: h.kind})
			at = h.end
		}
	}
	return t, true
}

// holeFrom gives the first placeholder in source[at:end] and its start, or
// end.
func (p *parsed) holeFrom(at, end int) (*placed, int) {
	for i := range p.placed {
		if h := &p.placed[i]; at <= h.start && h.end <= end {
			return h, h.start
		}
	}
	return nil, end
}

// plain reads a piece of a word as the shell does, if that expands nothing.
func plain(s string, in place) (string, bool) {
	if in == inSingle {
		return s, true
	}
	special := "*?[~$`{}<>()"
	if in == inDouble {
		special = "$`"
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && s[i+1] == '\n':
			return "", false
		case c == '\\' && in == inWord && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == '\\' && in == inDouble && i+1 < len(s) && strings.IndexByte("$`\"\\", s[i+1]) >= 0:
			i++
			b.WriteByte(s[i])
		case strings.IndexByte(special, c) >= 0:
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}
