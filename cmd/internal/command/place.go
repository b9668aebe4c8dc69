package command

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"

	"example.com/skein/cmd/internal/usage"
)

// place is where in a shell line a placeholder stands.
type place uint8

const (
	inWord   place = iota // no quotes
	inDouble              // inside "..."
	inSingle              // inside '...'
	inDoc                 // a line of a here-document
)

// placed is a placeholder whose place is known to be safe.
type placed struct {
	hole
	place    place
	argument bool             // a whole word, and not the first of its command
	doc      *syntax.Redirect // the here-document, inDoc
	word     *syntax.Word     // that is repeated for each of many inputs; nil: none is
}

// parsed is a shell line and what its parser says about it.
type parsed struct {
	source  string
	file    *syntax.File // positions are those of source, placeholders are dots
	placed  []placed     // in their order
	exposed []holder     // begin an argument
	runs    []runs       // of programs that execute options
}

// placeHoles parses a shell line to learn where each placeholder stands. One
// with a backslash before it, outside of quotes, is text and left out. The
// error says which one stands where an input cannot be one argument.
//
// Whatever place is not known to be right is refused: that is what keeps an
// input from being code if the shell has syntax that we did not think of.
func placeHoles(source string, found []hole, many bool) (*parsed, error) {
	f, err := parse(mask(source, found, '.'))
	if err != nil {
		return nil, explain(source, found, err)
	}
	v, err := judgeIn(f, source, found, many)
	if err == nil {
		err = placeInBash(source, found)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(v.placed, func(a, b placed) int { return a.start - b.start }) // targets come last in the tree
	return &parsed{source, f, v.placed, v.exposed, v.runs.runs}, v.checkRepeated()
}

// judgeIn judges every placeholder by where it stands in a tree.
func judgeIn(f *syntax.File, source string, found []hole, many bool) (*visitor, error) {
	v := &visitor{source: source, holes: found, many: many, judged: make([]bool, len(found))}
	syntax.Walk(f, v.visit)
	if v.err != nil {
		return nil, v.err
	}
	for i, h := range found {
		if !v.judged[i] {
			return nil, refuse(source, h, "where it would not be an argument", "")
		}
	}
	return v, nil
}

// mask puts something harmless where the placeholders are. Two dots cannot be
// a part of a variable's name before them, nor a reserved word. So it does
// with every byte beyond ASCII: they are text to a shell, and not all of them
// must be UTF-8, as our parser demands.
func mask(source string, found []hole, with byte) string {
	b := []byte(source)
	for _, h := range found {
		copy(b[h.start:h.end], bytes.Repeat([]byte{with}, h.end-h.start))
	}
	for i, c := range b {
		if c >= 0x80 {
			b[i] = '.'
		}
	}
	return string(b)
}

var parsers = sync.Pool{New: func() any {
	return syntax.NewParser(syntax.Variant(syntax.LangPOSIX), syntax.KeepComments(true))
}}

// placeInBash judges the placeholders in the tree that bash has, too: its users
// paste lines into it, on some systems it is /bin/sh, and it calculates in
// $[...] and [[...]], where an input a[$(command)] would be code. What it
// cannot parse it does not run.
func placeInBash(source string, found []hole) error {
	if len(found) == 0 {
		return nil
	}
	f, err := parseInBash(mask(source, found, '.'))
	if err != nil {
		return placeInTests(source, found)
	}
	if _, err = judgeIn(f, source, found, false); err == nil {
		err = placeInTests(source, found)
	}
	return err
}

// placeInTests refuses what the text has between [[ and ]], or behind a $[,
// wherever a parser may see that.
func placeInTests(source string, found []hole) error {
	for _, h := range found {
		before := source[:h.start]
		if i := strings.LastIndex(before, "$["); i >= 0 && !strings.Contains(before[i:], "]") && !escaped(source, i) {
			return refuse(source, h, "inside $[...]", hints["inside $[...]"])
		}
		i := max(strings.LastIndex(before, "[[ "), strings.LastIndex(before, "[[\t"), strings.LastIndex(before, "[[\n"))
		if i >= 0 && !strings.Contains(before[i:], "]]") && (i == 0 || strings.IndexByte(" \t\n;&|(){}!", before[i-1]) >= 0) {
			return refuse(source, h, "inside [[...]]", hints["inside [[...]]"])
		}
	}
	return nil
}

func parseInBash(s string) (*syntax.File, error) {
	return syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true)).Parse(strings.NewReader(s), "")
}

func parse(s string) (*syntax.File, error) {
	p := parsers.Get().(*syntax.Parser)
	defer parsers.Put(p)
	return p.Parse(strings.NewReader(s), "")
}

// explain says why a line does not parse. If it would with a letter in place
// of the placeholder, then that stands where only a name or number may.
func explain(source string, found []hole, err error) error {
	if _, err := parse(mask(source, found, '1')); err == nil && len(found) > 0 {
		return refuse(source, found[0], "where a shell wants a name or a number", "")
	}
	return usage.Errorf("the shell is /bin/sh; for another one write: bash -c 'LINE WITH \"$1\"' bash {}",
		"%s: no shell line: %v", source, err)
}

func refuse(source string, h hole, where, hint string) error {
	if hint == "" {
		hint = "it can stand in a word, in \"...\", in '...', in $(...) and in a here-document"
	}
	return usage.Errorf(hint, "%s stands %s, and cannot be quoted there", source[h.start:h.end], where)
}

// visitor walks the syntax tree of a line.
type visitor struct {
	source  string
	holes   []hole
	judged  []bool
	above   []syntax.Node // from the file down to the node visited
	placed  []placed
	exposed []holder
	runs    options
	many    bool            // {} is several inputs
	carried map[string]bool // variables that hold an input
	err     error
}

func (v *visitor) visit(n syntax.Node) bool {
	if n == nil {
		v.above = v.above[:len(v.above)-1]
		return true
	}
	if v.err != nil {
		return false
	}
	v.above = append(v.above, n)
	switch n := n.(type) {
	case *syntax.File:
		v.findCarried(n)
		v.err = cmp.Or(v.checkStdin(n), v.checkCalculations(n))
	case *syntax.CallExpr:
		v.err = v.checkCall(n)
	case *syntax.Lit, *syntax.SglQuoted, *syntax.Comment:
		v.judgeAll(n)
	}
	return true
}
