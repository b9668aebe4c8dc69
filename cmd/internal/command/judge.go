package command

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"example.com/skein/cmd/internal/usage"
)

// judgeAll judges the placeholders in a leaf of the tree.
func (v *visitor) judgeAll(leaf syntax.Node) {
	start, end := span(leaf)
	for i, h := range v.holes {
		if start <= h.start && h.end <= end && !v.judged[i] && v.err == nil {
			v.judged[i] = true
			v.judge(h, leaf)
		}
	}
}

// judge decides whether the leaf is a place where an argument can be quoted.
func (v *visitor) judge(h hole, leaf syntax.Node) {
	pl, ok := v.placeOf(leaf)
	if !ok {
		v.err = refuse(v.source, h, v.whereNot(), hints[v.whereNot()])
		return
	}
	if pl == inWord && escaped(v.source, h.start) {
		return // text
	}
	at := placed{hole: h, place: pl, argument: v.isArgument(h)}
	switch {
	case pl == inWord && followsDollar(v.source, h.start): // our quote would make it $'...'
		v.err = refuse(v.source, h, "behind a $", "leave out the $")
	case pl == inDoc:
		at.doc = v.above[len(v.above)-3].(*syntax.Redirect)
		v.err = v.checkDocument(h, at.doc)
	}
	if v.err == nil && v.many && h.n == 0 && !h.kind.numbers() {
		at.word, v.err = v.repeats(h, pl)
	}
	v.placed = append(v.placed, at)
}

// repeats gives the word that is repeated for each of many inputs.
func (v *visitor) repeats(h hole, pl place) (*syntax.Word, error) {
	const hint = "with -n and -X it must stand in a word of its own, outside of quotes, and not be the command; {1} is the first input alone"
	if pl == inWord && len(v.above) > 2 {
		w := v.above[len(v.above)-2].(*syntax.Word)
		switch n := v.above[len(v.above)-3].(type) {
		case *syntax.CallExpr:
			if w != n.Args[0] {
				return w, nil
			}
		case *syntax.WordIter:
			return w, nil
		}
	}
	return nil, usage.Errorf(hint, "%s is several inputs, and stands where one argument belongs", v.source[h.start:h.end])
}

// checkRepeated refuses a word that is repeated and has others in itself,
// inside $(...).
func (v *visitor) checkRepeated() error {
	for _, a := range v.placed {
		for _, b := range v.placed {
			if a.word == nil || a.word == b.word {
				continue
			}
			if start, end := span(a.word); start <= b.start && b.end <= end {
				return usage.Errorf("assign the inner one first: x=$(...); ... $x{}", "%s stands within a word that is repeated for each input", v.source[b.start:b.end])
			}
		}
	}
	return nil
}

// checkDocument refuses what a shell would read together with the input.
func (v *visitor) checkDocument(h hole, doc *syntax.Redirect) error {
	start, end := span(doc.Word)
	if strings.Contains(v.source[start:end], "\n") {
		return refuse(v.source, h, "in a here-document whose end has two lines", "write the word behind << in one line")
	}
	if strings.ContainsAny(v.source[start:end], `\'"`) {
		return nil // nothing is expanded
	}
	if followsDollar(v.source, h.start) {
		return refuse(v.source, h, "behind a $", `write \$ before it`)
	}
	at := h.start
	for strings.HasSuffix(v.source[:at], "\\\n") {
		at -= 2
	}
	for _, part := range doc.Hdoc.Parts {
		if p, ok := part.(*syntax.ParamExp); ok && p.Short && at <= int(p.End().Offset()) && int(p.End().Offset()) <= h.start {
			return refuse(v.source, h, "behind the name of a variable", "write braces: ${x}{}")
		}
	}
	return nil
}

func (v *visitor) hasHole(n syntax.Node) bool {
	start, end := span(n)
	for _, h := range v.holes {
		if start <= h.start && h.end <= end {
			return true
		}
	}
	return false
}

// placeOf gives the place of a leaf in its word.
func (v *visitor) placeOf(leaf syntax.Node) (place, bool) {
	if v.whereNot() != "" || len(v.above) < 2 {
		return 0, false
	}
	parent := v.above[len(v.above)-2]
	switch leaf.(type) {
	case *syntax.SglQuoted:
		return inSingle, true
	case *syntax.Lit:
		switch parent.(type) {
		case *syntax.Word:
			if len(v.above) > 2 {
				if r, ok := v.above[len(v.above)-3].(*syntax.Redirect); ok && parent == syntax.Node(r.Hdoc) {
					return inDoc, true
				}
			}
			return inWord, true
		case *syntax.DblQuoted:
			return inDouble, true
		}
	}
	return 0, false
}

// hints say what to do about a place that cannot be.
var hints = map[string]string{
	"in a comment":                 "remove the comment",
	"in $(...) in a here-document": "assign it before: x=$(...); COMMAND <<X, with $x in the lines",
	"in a here-document in $(...)": "give it as input: $(printf '%s\\n' {} | COMMAND)",
	"in a here-document's end":     "choose a fixed word for the end",
	"inside `...`":                 "write $(...) instead",
	"inside ${...}":                "assign it first: x={}; echo \"${x%.txt}\"",
	"inside ((...))":               "write ( (...) ), for to some shells it is a calculation",
	"inside $[...]":                "calculate in a program: expr {} + 1",
	"inside [[...]]":               "write [ ... ], which does not calculate",
	"inside $((...))":              "calculate in a program: expr {} + 1",
	"inside $'...' or $\"...\"":    "leave out the $",
}

// whereNot names the place in which the nodes above put a leaf, if it is one
// where no argument can be.
func (v *visitor) whereNot() string {
	const other = "where it would not be an argument"
	for i, n := range v.above {
		switch n := n.(type) {
		case *syntax.File, *syntax.Stmt, *syntax.CallExpr, *syntax.BinaryCmd, *syntax.Block, *syntax.IfClause, *syntax.WhileClause, *syntax.ForClause, *syntax.WordIter,
			*syntax.CaseClause, *syntax.CaseItem, *syntax.FuncDecl, *syntax.Word, *syntax.Lit,
			*syntax.DeclClause, *syntax.Assign, *syntax.TimeClause:
		case *syntax.SglQuoted:
			if v.dollarBefore(n.Left) {
				return "inside $'...' or $\"...\""
			}
		case *syntax.DblQuoted:
			if v.dollarBefore(n.Left) {
				return "inside $'...' or $\"...\""
			}
		case *syntax.CmdSubst:
			if n.Backquotes {
				return "inside `...`"
			}
		case *syntax.Subshell:
			if strings.HasPrefix(v.source[n.Lparen.Offset():], "((") {
				return "inside ((...))"
			}
		case *syntax.Comment:
			return "in a comment"
		case *syntax.ParamExp:
			return "inside ${...}"
		case *syntax.ArithmExp:
			if n.Bracket {
				return "inside $[...]"
			}
			return "inside $((...))"
		case *syntax.TestClause:
			return "inside [[...]]"
		case *syntax.Redirect:
			if where := whereInRedirect(n, v.above[i+1:]); where != "" {
				return where
			}
			if n.Hdoc != nil && slices.ContainsFunc(v.above[:i], isSubstitution) {
				return "in a here-document in $(...)"
			}
		default:
			return other
		}
	}
	return ""
}

// isSubstitution says that a here-document below it is not safe: bash ends it
// at a line that only begins with the word at its end, and loses bytes.
func isSubstitution(n syntax.Node) bool {
	_, ok := n.(*syntax.CmdSubst)
	return ok
}

func whereInRedirect(r *syntax.Redirect, below []syntax.Node) string {
	switch r.Op {
	case syntax.RdrOut, syntax.AppOut, syntax.RdrIn, syntax.RdrInOut, syntax.RdrClob:
		if below[0] == syntax.Node(r.Word) {
			return ""
		}
	case syntax.Hdoc, syntax.DashHdoc:
		switch {
		case below[0] == syntax.Node(r.Word):
			return "in a here-document's end"
		case len(below) == 2:
			return ""
		}
		return "in $(...) in a here-document"
	}
	return "where a redirection wants a number"
}

// dollarBefore says that a quote follows a $, which gives it another meaning
// in some shells.
func (v *visitor) dollarBefore(quote syntax.Pos) bool {
	at := int(quote.Offset())
	return v.source[at] == '$' || followsDollar(v.source, at)
}

// followsDollar looks over lines that are continued, as a shell does.
func followsDollar(s string, at int) bool {
	for strings.HasSuffix(s[:at], "\\\n") {
		at -= 2
	}
	return at > 0 && s[at-1] == '$' && !escaped(s, at-1)
}

// isArgument says that the placeholder is a whole word behind the first of a
// command.
func (v *visitor) isArgument(h hole) bool {
	if len(v.above) < 3 {
		return false
	}
	call, ok := v.above[len(v.above)-3].(*syntax.CallExpr)
	if !ok {
		return false
	}
	for _, a := range call.Args[min(1, len(call.Args)):] {
		if start, end := span(a); start == h.start && end == h.end {
			return true
		}
	}
	return false
}

// checkCall refuses a command of the line that would read an input as code.
func (v *visitor) checkCall(call *syntax.CallExpr) error {
	words := v.words(call)
	if len(words) > 0 && isElement(words[0].text) && (words[0].hole || v.expandsInput(call.Args[0])) {
		return asCode("bash", "assign to a variable with a fixed name")
	}
	for _, a := range call.Assigns {
		if a.Name != nil && codeVariables[a.Name.Value] && (v.hasHole(a) || v.expandsInput(a)) {
			return asCode("a shell with this "+a.Name.Value, "give the input in a variable of another name")
		}
	}
	for _, w := range words {
		if name, _, ok := strings.Cut(w.text, "="); ok && w.hole && codeVariables[name] {
			return asCode("a shell with this "+name, "give the input in a variable of another name")
		}
	}
	if name := typed(words); name != "" && len(v.holes) > 0 {
		return asCode("the shell behind "+name, typedHint)
	}
	v.expose(call, words)
	return checkCode(words)
}

// words gives the words of a command.
func (v *visitor) words(call *syntax.CallExpr) []word {
	words := make([]word, len(call.Args))
	for i, a := range call.Args {
		start, end := span(a)
		words[i] = word{text: unquote(v.source[start:end]), hole: v.hasHole(a) || i > 0 && v.expandsInput(a)}
		words[i].known, _ = v.plain(a)
	}
	return words
}

// plain gives a word as the command gets it, if the shell expands nothing in
// it.
func (v *visitor) plain(w *syntax.Word) (text, bool) {
	p := &parsed{source: v.source}
	for _, h := range v.holes {
		if escaped(v.source, h.start) {
			return nil, false
		}
		p.placed = append(p.placed, placed{hole: h})
	}
	return p.word(w)
}

// expose notes the placeholders that begin an argument.
func (v *visitor) expose(call *syntax.CallExpr, words []word) {
	for i, a := range call.Args {
		start, _ := span(a)
		for _, h := range v.holes {
			begins := h.start == start || h.start == start+1 && strings.IndexByte(`"'`, v.source[start]) >= 0
			if i > 0 && begins && !h.kind.numbers() && !h.again && mayBeOption(words, i) {
				v.exposed = append(v.exposed, h.holder)
			}
			if i > 0 && begins && !h.kind.numbers() && !h.again {
				v.runs.add(h.holder, runsOption(words, i))
			}
		}
	}
}

// isElement says that bash takes a word for an assignment to a[index], where
// it evaluates the index; POSIX knows no arrays.
func isElement(w string) bool {
	name, rest, found := strings.Cut(w, "[")
	return found && syntax.ValidName(name) && (strings.Contains(rest, "]=") || strings.Contains(rest, "]+="))
}

// unquote takes quotes and backslashes away, near enough to know a command or
// an option by its name.
func unquote(s string) string {
	return strings.NewReplacer(`\`, "", `"`, "", "'", "").Replace(s)
}

// escaped says that an odd number of backslashes stands before s[at].
func escaped(s string, at int) bool {
	n := 0
	for at > n && s[at-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}

func span(n syntax.Node) (start, end int) {
	return int(n.Pos().Offset()), int(n.End().Offset())
}
