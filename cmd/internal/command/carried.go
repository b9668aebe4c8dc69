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
	v.carried = map[string]bool{}
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
		if len(n.Args) > 0 && n.Args[0].Lit() == "set" && v.carries(n) {
			v.carried[arguments] = true
		}
	case *syntax.BinaryCmd:
		if (n.Op == syntax.Pipe || n.Op == syntax.PipeAll) && v.carries(n.X) {
			v.carryRead(n.Y)
		}
	case *syntax.Stmt:
		for _, r := range n.Redirs {
			if r.Hdoc != nil && v.carries(r.Hdoc) {
				v.carryRead(n)
			}
		}
	}
	return true
}

// carryRead notes the variables that are read below n.
func (v *visitor) carryRead(n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 && call.Args[0].Lit() == "read" {
			for _, a := range call.Args[1:] {
				if syntax.ValidName(a.Lit()) {
					v.carried[a.Lit()] = true
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
			name := p.Param.Value
			if strings.ContainsAny(name[:1], "123456789*") {
				name = arguments
			}
			found = found || v.carried[name]
		}
		return !found
	})
	return found
}

// checkCalculations refuses what a calculation would take from a variable that was
// given an input itself: bash, which many systems have for sh, runs the command in
// a[$(command)] there. What a program made of an input may be calculated with.
func (v *visitor) checkCalculations(f *syntax.File) error {
	given := map[string]bool{}
	for before := -1; before != len(given); {
		before = len(given)
		syntax.Walk(f, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Assign:
				if n.Name != nil && n.Value != nil && v.isGiven(n.Value, given) {
					given[n.Name.Value] = true
				}
			case *syntax.WordIter:
				if slices.ContainsFunc(n.Items, func(w *syntax.Word) bool { return v.isGiven(w, given) }) {
					given[n.Name.Value] = true
				}
			}
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

func (v *visitor) checkCalculation(n syntax.Node, given map[string]bool) (err error) {
	if n == nil {
		return nil
	}
	syntax.Walk(n, func(n syntax.Node) bool {
		var names []string
		switch n := n.(type) {
		case *syntax.Lit:
			names = strings.FieldsFunc(n.Value, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		case *syntax.ParamExp:
			if n.Length {
				return false
			}
			names = []string{n.Param.Value}
		}
		for _, name := range names {
			if given[name] {
				err = usage.Errorf(hints["inside $((...))"], "%s holds an input, and some shells run what stands in one that they calculate with", name)
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
			found = found || !n.Length && n.Param != nil && given[n.Param.Value]
			return false
		}
		return !found
	})
	return found
}
