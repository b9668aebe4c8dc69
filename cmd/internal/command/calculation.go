package command

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"mvdan.cc/sh/v3/syntax"

	"example.com/skein/cmd/internal/usage"
)

// checkCalculations refuses what a calculation would take from a variable that was
// given an input itself: bash, which many systems have for sh, runs the command in
// a[$(command)] there. What a program made of an input may be calculated with.
func (v *visitor) checkCalculations(f *syntax.File) error {
	given := map[string]bool{}
	gather(f, given, func(n syntax.Node) { v.give(n, given) })
	var err error
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ArithmExp:
			err = cmp.Or(err, v.checkCalculation(n.X, given))
		case *syntax.ArithmCmd:
			err = cmp.Or(err, v.checkCalculation(n.X, given))
		case *syntax.CallExpr:
			if name, _ := named(n); name == "let" {
				err = cmp.Or(err, v.checkCalculation(n, given))
			}
		}
		return err == nil
	})
	return err
}

// give notes the variables to which a node gives an input itself.
func (v *visitor) give(n syntax.Node, given map[string]bool) {
	anyGiven := func(words []*syntax.Word) bool {
		return slices.ContainsFunc(words, func(w *syntax.Word) bool { return v.isGiven(w, given) })
	}
	switch n := n.(type) {
	case *syntax.Assign:
		if n.Name != nil && n.Value != nil && v.isGiven(n.Value, given) {
			given[n.Name.Value] = true
		}
	case *syntax.WordIter:
		if anyGiven(n.Items) || len(n.Items) == 0 && given[arguments] {
			given[n.Name.Value] = true
		}
	case *syntax.CallExpr:
		if name, args := named(n); name == "set" && anyGiven(args) {
			given[arguments] = true
		}
	case *syntax.BinaryCmd:
		if call, ok := n.X.Cmd.(*syntax.CallExpr); ok && (n.Op == syntax.Pipe || n.Op == syntax.PipeAll) {
			if name, args := named(call); (name == "echo" || name == "printf") && anyGiven(args) {
				readsInto(n.Y, given)
			}
		}
	case *syntax.Stmt:
		for _, r := range n.Redirs {
			if r.Hdoc != nil && v.isGiven(r.Hdoc, given) {
				readsInto(n, given)
			}
		}
	}
}

func (v *visitor) checkCalculation(n syntax.Node, given map[string]bool) (err error) {
	if n == nil {
		return nil
	}
	syntax.Walk(n, func(n syntax.Node) bool {
		var names []string
		switch n := n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			return false // what a program makes of it
		case *syntax.Lit:
			names = strings.FieldsFunc(n.Value, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		case *syntax.ParamExp:
			if n.Length {
				return false
			}
			names = []string{variable(n)}
		}
		for _, name := range names {
			if given[name] {
				err = usage.Errorf(hints["inside $((...))"], "%s holds an input, and some shells run what stands in one that they calculate with", strings.Replace(name, arguments, "$1", 1))
			}
		}
		return err == nil
	})
	return err
}

// isGiven reports whether a word is made of an input itself, and not of what a
// program says of it.
func (v *visitor) isGiven(w *syntax.Word, given map[string]bool) (found bool) {
	syntax.Walk(w, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			return false
		case *syntax.Lit, *syntax.SglQuoted:
			found = found || v.carries(n)
		case *syntax.ParamExp:
			found = found || !n.Length && n.Param != nil && given[variable(n)]
			return false
		}
		return !found
	})
	return found
}
