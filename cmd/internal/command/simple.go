package command

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// edit puts pieces in the place of source[start:end].
type edit struct {
	start, end int
	text       text
}

// text gives the template of the line: each placeholder leaves the quotes in
// which it stands for quotes of its own.
func (p *parsed) text() text { return p.apply(0, len(p.source), p.edits()) }

// apply gives source[start:end] with what is edited in it.
func (p *parsed) apply(start, end int, edits []edit) (t text) {
	for _, e := range edits {
		if e.start < start || e.end > end {
			continue
		}
		t = t.add(p.source[start:e.start])
		for _, x := range e.text {
			if x.kind == literal {
				t = t.add(x.text)
			} else {
				t = append(t, x)
			}
		}
		start = e.end
	}
	return t.add(p.source[start:end])
}

// edits are those of all placeholders, in the order of the line.
func (p *parsed) edits() (all []edit) {
	var within []edit // of a word that is repeated
	for i, h := range p.placed {
		switch {
		case h.doc != nil:
			if slices.IndexFunc(p.placed, func(o placed) bool { return o.doc == h.doc }) == i {
				all = append(all, p.editDocument(h.doc)...)
			}
			continue
		case h.word == nil:
			all = append(all, p.editHole(h))
			continue
		}
		within = append(within, p.editHole(h))
		if i+1 == len(p.placed) || p.placed[i+1].word != h.word {
			start, end := span(h.word)
			sub := p.apply(start, end, within)
			all, within = append(all, edit{start, end, text{{holder: holder{kind: repeated}, sub: sub}}}), nil
		}
	}
	slices.SortFunc(all, func(a, b edit) int { return a.start - b.start })
	return all
}

func (p *parsed) editHole(h placed) edit {
	var t text
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
	t = append(t.add(around), piece{holder: h.holder, as: quoted})
	return edit{h.start, h.end, t.add(around)}
}

// editDocument writes a here-document anew, and the word that ends it.
func (p *parsed) editDocument(r *syntax.Redirect) []edit {
	d := p.document(r)
	_, we := span(r.Word)
	start, stop := span(r.Hdoc)
	return []edit{
		{int(r.OpPos.Offset()), we, text{{text: "<<"}, {holder: holder{kind: end}, doc: d}}},
		{start, stop, text{{holder: holder{kind: body}, doc: d}}},
	}
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
			t = append(t, piece{holder: h.holder})
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
