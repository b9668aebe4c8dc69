package skein_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A block of Go in the README is the body of an Example, so that it compiles
// and prints what it says. One that needs a rival's package, which the core
// must not import, follows the words "not compiled here" and must parse.
var goBlock = regexp.MustCompile("(?s)(not compiled here[^`]*)?```go\n(.*?)```")

func TestTheReadmeShowsTheExamples(t *testing.T) {
	readme, _ := readText(t, "README.md")
	bodies := exampleBodies(t, "example_readme_test.go")
	maps.Copy(bodies, exampleBodies(t, "cluster/example_readme_test.go"))
	blocks := goBlock.FindAllStringSubmatch(readme, -1)
	for _, block := range blocks {
		rival, code := block[1] != "", block[2]
		switch {
		case rival:
			if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+code+"}", 0); err != nil {
				t.Errorf("%v in\n%s", err, code)
			}
		case bodies[code]:
			delete(bodies, code)
		default:
			t.Errorf("no Example of an example_readme_test.go has this body:\n%s", code)
		}
	}
	for body := range bodies {
		t.Errorf("README.md does not show this Example:\n%s", body)
	}
}

func exampleBodies(t *testing.T, name string) map[string]bool {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string]bool{}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(f.Name.Name, "Example") {
			continue
		}
		from, to := fset.Position(f.Body.Lbrace).Offset, fset.Position(f.Body.Rbrace).Offset
		body := strings.TrimPrefix(string(source[from+1:to]), "\n")
		bodies[outdent(body)] = true
	}
	return bodies
}

func outdent(code string) string {
	lines := strings.SplitAfter(code, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "\t")
	}
	return strings.Join(lines, "")
}
