package command

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"example.com/skein/cmd/internal/task"
)

// document is a here-document in which placeholders stand. It is written
// anew for each task: an input is text there, and a line of it that is the
// same as the word that ends the document must not end it.
type document struct {
	text   text   // of its lines
	word   string // that ends it, unless a line says the same
	quoted bool   // nothing in it is expanded
}

// docEscapes make an input text in a here-document in which things are
// expanded.
var docEscapes = strings.NewReplacer("$", `\$`, "`", "\\`", `\`, `\\`)

func (d *document) fill(s task.Spec, slotOf int) string {
	lines := d.text.fill(s, slotOf)
	return lines + d.ending(lines)
}

// end is the word behind the <<.
func (d *document) end(s task.Spec, slotOf int) string {
	w := d.ending(d.text.fill(s, slotOf))
	if d.quoted {
		return "'" + w + "'"
	}
	return w
}

// firsts are what the word that ends a document may begin with, if it cannot
// be as it is.
const firsts = "EABCDFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"

// ending gives a word that is no line. Nor is a piece of it the beginning of a
// line and followed by a byte beyond ASCII: dash may lose that byte.
func (d *document) ending(lines string) string {
	if w := d.word; fits(w, lines) {
		return w
	}
	for i := range len(firsts) {
		if w := firsts[i:i+1] + d.word; fits(w, lines) {
			return w
		}
	}
	// Nobody but an attacker gets here; what he loses are bytes of his.
	w := d.word
	for i := 1; isLine(w, lines); i++ {
		w = d.word + "_" + strconv.Itoa(i)
	}
	return w
}

// isLine looks at the lines as they stand and as they are when those that end
// with a backslash are continued; a shell may do either.
func isLine(w, lines string) bool {
	for _, text := range []string{lines, strings.ReplaceAll(lines, "\\\n", "")} {
		if strings.Contains("\n"+text+"\n", "\n"+w+"\n") {
			return true
		}
	}
	return false
}

func fits(w, lines string) bool {
	if isLine(w, lines) {
		return false
	}
	for l := range strings.SplitSeq(lines, "\n") {
		n := 0
		for n < min(len(w), len(l)) && l[n] == w[n] {
			n++
		}
		if n > 0 && n < len(l) && l[n] >= 0x80 {
			return false
		}
	}
	return true
}

// document reads a here-document with its placeholders.
func (p *parsed) document(r *syntax.Redirect) *document {
	ws, we := span(r.Word)
	d := &document{word: unquote(p.source[ws:we]), quoted: strings.ContainsAny(p.source[ws:we], `\'"`)}
	if !isPlain(d.word) {
		d.word = "EOF"
	}
	start, stop := span(r.Hdoc)
	last := start + strings.LastIndexByte(p.source[start:stop], '\n') + 1
	tabs := r.Op == syntax.DashHdoc
	for at := start; at < last; {
		if tabs && (at == start || p.source[at-1] == '\n') && (d.quoted || !strings.HasSuffix(p.source[start:at], "\\\n")) {
			at += len(p.source[at:last]) - len(strings.TrimLeft(p.source[at:last], "\t"))
		}
		next := last
		if n := strings.IndexByte(p.source[at:last], '\n'); n >= 0 {
			next = at + n + 1
		}
		p.docLine(d, at, next)
		at = next
	}
	return d
}

// docLine adds a line to the document.
func (p *parsed) docLine(d *document, at, stop int) {
	for _, h := range p.placed {
		if h.doc == nil || h.start < at || h.end > stop {
			continue
		}
		d.text = d.text.add(p.source[at:h.start])
		as := docEscapes.Replace
		switch {
		case d.quoted:
			as = nil
		case escaped(p.source, h.start):
			d.text = d.text.add(`\`) // a backslash that is text must not eat ours
		}
		d.text = append(d.text, piece{holder: h.holder, as: as})
		at = h.end
	}
	d.text = d.text.add(p.source[at:stop])
}

// isPlain says that a word needs no quotes anywhere.
func isPlain(w string) bool {
	return w != "" && !strings.ContainsFunc(w, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_')
	})
}
