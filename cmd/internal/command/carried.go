package command

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"mvdan.cc/sh/v3/syntax"

	"example.com/skein/cmd/internal/usage"
)

// arguments stands among the names of variables for $1, $2 and so on, which
// set gives.
const arguments = "@"

// findCarried finds the variables of a line that may hold an input, or what was
// made of one: where a shell or a program expects code they are refused as a
// placeholder is. Which command comes first does not matter.
func (v *visitor) findCarried(f *syntax.File) {
	v.carried = map[string]bool{"_": len(v.holes) > 0} // to bash the last word of the command before
	for before := -1; before != len(v.carried); {
		before = len(v.carried)
		syntax.Walk(f, v.carry)
	}
}

// carry notes the variables to which a node gives an input.
func (v *visitor) carry(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.Assign:
		if n.Name != nil && n.Value != nil && v.carries(n.Value) {
			v.carried[n.Name.Value] = true
		}
	case *syntax.WordIter:
		if v.carries(n) || len(n.Items) == 0 && v.carried[arguments] {
			v.carried[n.Name.Value] = true
		}
	case *syntax.CallExpr:
		switch name, args := named(n); {
		case !v.carries(n):
		case name == "set":
			v.carried[arguments] = true
		case name == "cd", name == "pushd":
			v.carried["PWD"], v.carried["OLDPWD"] = true, true
		case name == "printf" && len(args) > 1 && args[0].Lit() == "-v":
			v.carried[args[1].Lit()] = true
		}
	case *syntax.BinaryCmd:
		if (n.Op == syntax.Pipe || n.Op == syntax.PipeAll) && v.carries(n.X) {
			readsInto(n.Y, v.carried)
		}
	case *syntax.Stmt:
		for _, r := range n.Redirs {
			if r.Hdoc != nil && v.carries(r.Hdoc) {
				readsInto(n, v.carried)
			}
		}
	}
	return true
}

// named gives the name of a command, and its arguments.
func named(call *syntax.CallExpr) (name string, args []*syntax.Word) {
	for args = call.Args; len(args) > 0; {
		name, args = args[0].Lit(), args[1:]
		if name != "command" && name != "builtin" {
			break
		}
	}
	return name, args
}

// readsInto notes the variables that are read below n.
func readsInto(n syntax.Node, into map[string]bool) {
	syntax.Walk(n, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok {
			return true
		}
		if name, args := named(call); name == "read" {
			for _, a := range args {
				if syntax.ValidName(a.Lit()) {
					into[a.Lit()] = true
				}
			}
		}
		return true
	})
}

// carries reports whether there is an input in a node, by a placeholder that is
// not quoted once more or by a variable.
func (v *visitor) carries(n syntax.Node) bool {
	start, end := span(n)
	for _, h := range v.holes {
		if start <= h.start && h.end <= end && !h.again && !h.kind.numbers() {
			return true
		}
	}
	return v.expandsInput(n)
}

// expandsInput reports whether a variable that holds an input is expanded in a
// node.
func (v *visitor) expandsInput(n syntax.Node) bool {
	found := false
	syntax.Walk(n, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil && !p.Length {
			found = found || v.carried[variable(p)]
		}
		return !found
	})
	return found
}

// variable is the name under which it is known what a parameter holds.
func variable(p *syntax.ParamExp) string {
	if strings.ContainsAny(p.Param.Value[:1], "123456789*") {
		return arguments
	}
	return p.Param.Value
}

// checkCalculations refuses what a calculation would take from a variable that was
// given an input itself: bash, which many systems have for sh, runs the command in
// a[$(command)] there. What a program made of an input may be calculated with.
func (v *visitor) checkCalculations(f *syntax.File) error {
	given := map[string]bool{}
	for before := -1; before != len(given); {
		before = len(given)
		syntax.Walk(f, func(n syntax.Node) bool {
			v.give(n, given)
			return true
		})
	}
	var err error
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ArithmExp:
			err = cmp.Or(err, v.checkCalculation(n.X, given))
		case *syntax.ArithmCmd:
			err = cmp.Or(err, v.checkCalculation(n.X, given))
		case *syntax.CallExpr:
			if len(n.Args) > 0 && n.Args[0].Lit() == "let" {
				err = cmp.Or(err, v.checkCalculation(n, given))
			}
		}
		return err == nil
	})
	return err
}

// give notes the variables to which a node gives an input itself.
func (v *visitor) give(n syntax.Node, given map[string]bool) {
	any := func(words []*syntax.Word) bool {
		return slices.ContainsFunc(words, func(w *syntax.Word) bool { return v.isGiven(w, given) })
	}
	switch n := n.(type) {
	case *syntax.Assign:
		if n.Name != nil && n.Value != nil && v.isGiven(n.Value, given) {
			given[n.Name.Value] = true
		}
	case *syntax.WordIter:
		if any(n.Items) || len(n.Items) == 0 && given[arguments] {
			given[n.Name.Value] = true
		}
	case *syntax.CallExpr:
		if name, args := named(n); name == "set" && any(args) {
			given[arguments] = true
		}
	case *syntax.BinaryCmd:
		if call, ok := n.X.Cmd.(*syntax.CallExpr); ok && (n.Op == syntax.Pipe || n.Op == syntax.PipeAll) {
			if name, args := named(call); (name == "echo" || name == "printf") && any(args) {
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
