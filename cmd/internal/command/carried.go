package command

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// arguments stands among the names of variables for $1, $2 and so on, which
// set gives.
const arguments = "@"

// findCarried finds the variables of a line that may hold an input, or what was
// made of one: where a shell or a program expects code they are refused as a
// placeholder is. Which command comes first does not matter.
func (v *visitor) findCarried(f *syntax.File) {
	v.carried = map[string]bool{"_": len(v.holes) > 0} // to bash the last word of the command before
	gather(f, v.carried, v.carry)
}

// gather has all nodes of a line note variables, until none comes to those: one that
// is assigned from another may stand before it.
func gather(f *syntax.File, into map[string]bool, note func(syntax.Node)) {
	for before := -1; before != len(into); {
		before = len(into)
		syntax.Walk(f, func(n syntax.Node) bool {
			note(n)
			return true
		})
	}
}

// carry notes the variables to which a node gives an input.
func (v *visitor) carry(n syntax.Node) {
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
			into["REPLY"] = true // without a name, to bash
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
// node, or the name of a directory told that an input is.
func (v *visitor) expandsInput(n syntax.Node) bool {
	found := false
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ParamExp:
			found = found || n.Param != nil && !n.Length && v.carried[variable(n)]
		case *syntax.CallExpr:
			name, _ := named(n)
			found = found || name == "pwd" && v.carried["PWD"]
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
