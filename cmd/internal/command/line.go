package command

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// line is a template of a line for the shell.
type line struct {
	text      text
	wrap      wrap
	documents []*document // in which inputs stand
}

// find finds the documents of the line.
func (l *line) find() {
	for i := range l.text {
		if d := l.text[i].doc; d != nil && l.text[i].kind == body {
			l.documents = append(l.documents, d)
		}
	}
}

// check refuses inputs that a document cannot have.
func (l *line) check(s task.Spec, slot int) error {
	for _, d := range l.documents {
		if err := d.check(s, slot); err != nil {
			return err
		}
	}
	return nil
}

// wrap is what a line needs around it to be pasted into a shell without
// leaving a trace there.
type wrap uint8

const (
	bare     wrap = iota
	subshell      // ( line )
	another       // sh -c 'line'
	inBash        // bash -c 'line', as the line has a function of bash
)

func (l line) command(s task.Spec, slot int) task.Command {
	return shellCommand(l.text.fill(s, slot), l.wrap)
}

// shellCommand makes a shell execute a line.
func shellCommand(s string, w wrap) task.Command {
	code := s
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		code = " " + s // else the shell takes it for options
	}
	c := task.Command{Argv: []string{"/bin/sh", "-c", code}, Line: s}
	switch w {
	case subshell:
		c.Line = "(" + s + ")"
		if strings.HasPrefix(s, "(") {
			c.Line = "( " + s + " )" // ((1)) would be arithmetic
		}
	case another:
		c.Line = "sh -c " + quoted(code)
	case inBash:
		c.Argv[0] = "bash"
		c.Line = "bash -c " + quoted(code)
	}
	return c
}

// parseLine reads a line for the shell, and its words too if no shell is
// needed to do the same.
func (t *Template) parseLine(g *grammar, s string) error {
	if strings.ContainsAny(s, "\r\x00") {
		return usage.Errorf("a shell would take it for a part of a word; remove it",
			"the command has a carriage return")
	}
	found, err := g.holes(s)
	if err != nil {
		return err
	}
	p, err := placeHoles(s, found, g.Many)
	if err != nil {
		return err
	}
	if len(p.placed) == 0 && !g.None {
		if p, err = placeAppended(g, s); err != nil {
			return err
		}
	}
	if _, err := parseInBash(mask(p.source, nil, '.')); err != nil && len(p.placed) > 0 && wrapOf(p.file, p.source) == inBash {
		return usage.Errorf("write it as bash reads it", "%s: no line for bash, whose function it has: %v", s, err)
	}
	t.line, t.words = line{text: p.text(), wrap: wrapOf(p.file, p.source)}, p.words()
	t.options.places, t.options.runs = p.exposed, p.runs
	t.line.find()
	return nil
}

// placeAppended puts the input behind a line that has no placeholder.
func placeAppended(g *grammar, s string) (*parsed, error) {
	whole := s
	var found []hole
	for _, h := range g.all() {
		at := len(whole) + 1
		whole += " {}"
		found = append(found, hole{h, at, at + 2})
	}
	p, err := placeHoles(whole, found, g.Many)
	if err != nil {
		return nil, err
	}
	if len(p.placed) != len(found) || !p.placed[0].argument {
		return nil, usage.Errorf("write {} where the input belongs",
			"%s: the input cannot be appended to this line as an argument", s)
	}
	return p, nil
}

// wrapOf says what a line needs around it.
func wrapOf(f *syntax.File, source string) wrap {
	w, exported := bare, false
	awkward := strings.ContainsAny(source, "\n#") // a parenthesis behind it might not be seen
	syntax.Walk(f, func(n syntax.Node) bool {
		if changesShell(n) {
			w = subshell
		}
		switch n := n.(type) {
		case *syntax.Redirect:
			awkward = awkward || n.Hdoc != nil
		case *syntax.CallExpr:
			exported = exported || len(n.Args) > 0 && isExported(n.Args[0].Lit())
		}
		return true
	})
	if exported {
		return inBash
	}
	if strings.HasSuffix(source, `\`) || w == subshell && awkward {
		return another
	}
	return w
}

// changesShell says that what follows in the same shell may run differently.
func changesShell(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.FuncDecl, *syntax.DeclClause, *syntax.ForClause, *syntax.ArithmExp:
		return true
	case *syntax.ParamExp:
		return n.Exp != nil
	case *syntax.CallExpr:
		return len(n.Args) == 0 || n.Args[0].Lit() == "" || stateful[n.Args[0].Lit()]
	}
	return false
}
