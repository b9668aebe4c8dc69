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

// ofNoKind are the others, which the package doc names too. What returns an
// Option is an option; String, Error and Unwrap are of data.
var ofNoKind = []string{
	"New", "Group.Group", "Group.SetLimit", "Group.Cancel", "Group.Context",
	"WaitGroup.Add", "WaitGroup.Done", "WaitGroup.Go",
	"Grace", "Attempt", "Permanent",
	"KeepHistory", "History.Close",
	"GroupState.Unlisted", "Snapshot.WriteTo",
}

var ofData = []string{"String", "Error", "Unwrap"}

func TestEachFunctionSaysWhichKindItIsOf(t *testing.T) {
	seen, excused := 0, []string(nil)
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
				name := fullName(f)
				switch {
				case kind.MatchString(f.Doc.Text()):
					seen++
				case slices.Contains(ofNoKind, name):
					excused = append(excused, name)
				case f.Recv == nil || !slices.Contains(ofData, f.Name.Name):
					t.Errorf("%s: %s does not say which kind of function it is (see the package doc)", file.name, name)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d functions say which kind they are of: the test does not see them", seen)
	}
	for _, name := range ofNoKind {
		if !slices.Contains(excused, name) {
			t.Errorf("%s is excused, but there is no such function that has no kind", name)
		}
	}
}

// fullName is that of a function, or Type.Method.
func fullName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	return receiverName(f) + "." + f.Name.Name
}

func isPublic(f *ast.FuncDecl) bool {
	return f.Name.IsExported() && (f.Recv == nil || ast.IsExported(receiverName(f)))
}

func receiverName(f *ast.FuncDecl) string {
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func returnsOption(f *ast.FuncDecl) bool {
	if f.Type.Results == nil || len(f.Type.Results.List) != 1 {
		return false
	}
	name, ok := f.Type.Results.List[0].Type.(*ast.Ident)
	return ok && name.Name == "Option"
}
