package command

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

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
	w := d.word // refused, see check
	for i := 1; isLine(w, lines); i++ {
		w = d.word + "_" + strconv.Itoa(i)
	}
	return w
}

// check refuses inputs which a shell may read otherwise.
func (d *document) check(s task.Spec, slotOf int) error {
	lines := d.text.fill(s, slotOf)
	if w := d.ending(lines); !fits(w, lines) {
		return errors.New("the input begins lines with every word that could end the here-document, and dash would lose bytes of it (give it as an argument)")
	}
	if d.quoted || isUTF8Locale() && utf8.ValidString(lines) {
		return nil
	}
	for i := 1; i < len(lines); i++ {
		if lines[i-1] >= 0x80 && strings.IndexByte("\\`$", lines[i]) >= 0 {
			return fmt.Errorf("the input is not UTF-8 and has a byte beyond ASCII before %q: in a here-document in which things are expanded some shells would take both for one character (quote its end, <<'X', or give the input as an argument)", unescaped(lines[i:]))
		}
	}
	return nil
}

// unescaped gives the character that a backslash escapes.
func unescaped(s string) string {
	if s[0] == '\\' && len(s) > 1 {
		return s[1:2]
	}
	return s[:1]
}

// isUTF8Locale says that the shell does not read text in an encoding in which a
// byte of ASCII can be a part of a character.
func isUTF8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return v == "c" || v == "posix" || strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
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
		if tabs && (at == start || p.source[at-1] == '\n') && (d.quoted || !continues(p.source, start, at)) {
			at += len(p.source[at:last]) - len(strings.TrimLeft(p.source[at:last], "\t"))
		}
		next := last
		if n := strings.IndexByte(p.source[at:last], '\n'); n >= 0 {
			next = at + n + 1
		}
		p.docLine(d, at, next)
		at = next
	}
	if !d.quoted && !d.expands() {
		d.quoted = true
		for i := range d.text {
			d.text[i].as = nil // nothing to escape
		}
	}
	return d
}

// continues says that the line before s[at] of a document that begins at start
// ends with a backslash that is not text.
func continues(s string, start, at int) bool {
	return at > start && escaped(s[start:], at-1-start)
}

// expands says that the shell makes something else of the document, beside the
// inputs. If it does not, its end may stand in quotes.
func (d *document) expands() bool {
	for i := range d.text {
		if p := &d.text[i]; p.kind == literal && strings.ContainsAny(p.text, "$`\\") {
			return true
		}
	}
	return false
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
