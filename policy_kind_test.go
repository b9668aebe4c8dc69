package skein_test

import (
	"go/ast"
	"regexp"
	"slices"
	"testing"
)

// kind is how a function of the library says which kind it is of, in the words
// of the package doc.
var kind = regexp.MustCompile(`(?s)\bis\s+(a\s+scope|a\s+submission|a\s+wait|a\s+view|a\s+wrapper)\b`)

// ofNoKind are the others. What returns an Option is an option.
var ofNoKind = []string{
	"New", "Group", "SetLimit", "Cancel", "Context", // make and steer a group
	"Add", "Done", "Go", // of a WaitGroup, as in sync
	"Grace", "Attempt", "Permanent", // what a task and Main are told
	"KeepHistory", "Close", // ask for a view
	"Unlisted", "WriteTo", "String", "Error", "Unwrap", // of data
}

func TestEachFunctionSaysWhichKindItIsOf(t *testing.T) {
	seen := 0
	for _, pkg := range readPackages(t) {
		if pkg.path != "skein" {
			continue
		}
		for _, file := range pkg.files {
			if file.isTest() {
				continue
			}
			for _, decl := range file.ast.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || !isPublic(f) || returnsOption(f) {
					continue
				}
				if kind.MatchString(f.Doc.Text()) {
					seen++
				} else if !slices.Contains(ofNoKind, f.Name.Name) {
					t.Errorf("%s: %s does not say which kind of function it is (see the package doc)", file.name, f.Name.Name)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d functions say which kind they are of: the test does not see them", seen)
	}
}

func isPublic(f *ast.FuncDecl) bool {
	if !f.Name.IsExported() || f.Recv == nil {
		return f.Name.IsExported()
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && name.IsExported()
}

func returnsOption(f *ast.FuncDecl) bool {
	if f.Type.Results == nil || len(f.Type.Results.List) != 1 {
		return false
	}
	name, ok := f.Type.Results.List[0].Type.(*ast.Ident)
	return ok && name.Name == "Option"
}
