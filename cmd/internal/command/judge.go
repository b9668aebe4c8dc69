package command

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
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
	if pl == inWord && followsDollar(v.source, h.start) { // our quote would make it $'...'
		v.err = refuse(v.source, h, "behind a $", "leave out the $")
		return
	}
	v.placed = append(v.placed, placed{h, pl, v.isArgument(h)})
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
			return inWord, true
		case *syntax.DblQuoted:
			return inDouble, true
		}
	}
	return 0, false
}

// hints say what to do about a place that cannot be.
var hints = map[string]string{
	"in a comment":              "remove the comment",
	"in a here-document":        "give it as input: printf '%s\\n' {} | COMMAND",
	"in a here-document's end":  "choose a fixed word for the end",
	"inside `...`":              "write $(...) instead",
	"inside ${...}":             "assign it first: x={}; echo \"${x%.txt}\"",
	"inside ((...))":            "write ( (...) ), for to some shells it is a calculation",
	"inside $((...))":           "calculate in a program: expr {} + 1",
	"inside $'...' or $\"...\"": "leave out the $",
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
			return "inside $((...))"
		case *syntax.Redirect:
			if where := whereInRedirect(n, v.above[i+1]); where != "" {
				return where
			}
		default:
			return other
		}
	}
	return ""
}

func whereInRedirect(r *syntax.Redirect, below syntax.Node) string {
	switch r.Op {
	case syntax.RdrOut, syntax.AppOut, syntax.RdrIn, syntax.RdrInOut, syntax.RdrClob:
		if below == syntax.Node(r.Word) {
			return ""
		}
	case syntax.Hdoc, syntax.DashHdoc:
		if below == syntax.Node(r.Word) {
			return "in a here-document's end"
		}
		return "in a here-document"
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
	words := make([]word, len(call.Args))
	for i, a := range call.Args {
		start, end := span(a)
		words[i].text = unquote(v.source[start:end])
		for _, h := range v.holes {
			words[i].hole = words[i].hole || start <= h.start && h.end <= end
		}
	}
	if len(words) > 0 && words[0].hole && isElement(words[0].text) {
		return asCode("bash", "assign to a variable with a fixed name")
	}
	return checkCode(words)
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
