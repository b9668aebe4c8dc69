package skein_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// inCore reports whether importing the package is importing the library.
func inCore(pkg *sourcePackage) bool {
	return pkg.path == "skein" || strings.HasPrefix(pkg.path, "skein/internal/")
}

func TestNothingIsMadeAtImport(t *testing.T) {
	for _, pkg := range readPackages(t) {
		if !inCore(pkg) {
			continue
		}
		for _, file := range pkg.files {
			if !file.isTest() {
				checkPackageLevel(t, file)
			}
		}
	}
}

func checkPackageLevel(t *testing.T, file sourceFile) {
	t.Helper()
	for _, decl := range file.ast.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil && decl.Name.Name == "init" {
				t.Errorf("%s: an init function", file.position(decl))
			}
		case *ast.GenDecl:
			if decl.Tok == token.VAR {
				checkVars(t, file, decl)
			}
		}
	}
}

// A package-global channel, timer or condition belongs to the bubble of the
// test that first met it, and what a call does at import nobody asked for.
func checkVars(t *testing.T, file sourceFile, decl *ast.GenDecl) {
	t.Helper()
	ast.Inspect(decl, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return false // runs when somebody calls it
		case *ast.ChanType:
			t.Errorf("%s: a package-global channel", file.position(node))
		case *ast.SelectorExpr:
			switch name := selector(node); name {
			case "time.Timer", "time.Ticker", "sync.Cond":
				t.Errorf("%s: a package-global %s", file.position(node), name)
			}
		case *ast.CallExpr:
			if name := selector(node.Fun); name != "errors.New" && !isConversion(node) {
				t.Errorf("%s: a call of %s at import", file.position(node), name)
			}
		}
		return true
	})
}

func selector(expr ast.Expr) string {
	switch expr := expr.(type) {
	case *ast.Ident:
		return expr.Name
	case *ast.SelectorExpr:
		return selector(expr.X) + "." + expr.Sel.Name
	}
	return "a function"
}

// isConversion knows the conversions that need no type checker: to a builtin
// type, or to one in parentheses.
func isConversion(call *ast.CallExpr) bool {
	switch fun := call.Fun.(type) {
	case *ast.ParenExpr:
		return true
	case *ast.Ident:
		return regexp.MustCompile(`^(u?int(8|16|32|64|ptr)?|string|byte|rune|len|cap|new)$`).MatchString(fun.Name)
	}
	return false
}

const importer = `package main

import (
	"fmt"
	"runtime"

	_ "example.com/skein"
)

func main() { fmt.Println(runtime.NumGoroutine()) }
`

func TestAProgramThatImportsSkeinHasOneGoroutine(t *testing.T) {
	said, err := runImporter()
	if err != nil {
		t.Fatal(err)
	}
	if said.stdout != "1\n" {
		t.Errorf("%q goroutines after import, want main alone", said.stdout)
	}
	checkInitTrace(t, said.stderr)
}

// runImporter builds and runs the program once, however often the tests run.
var runImporter = sync.OnceValues(buildAndRunImporter)

type output struct{ stdout, stderr string }

func buildAndRunImporter() (said output, err error) {
	dir, err := os.MkdirTemp("", "importer")
	if err != nil {
		return said, err
	}
	defer os.RemoveAll(dir)
	file, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "importer")
	if err := os.WriteFile(file, []byte(importer), 0o666); err != nil {
		return said, err
	}
	if out, err := exec.Command("go", "build", "-o", program, file).CombinedOutput(); err != nil {
		return said, fmt.Errorf("%w\n%s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return said, fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return output{stdout.String(), stderr.String()}, nil
}

// Sentinel errors are all that is made: one allocation each.
func checkInitTrace(t *testing.T, trace string) {
	t.Helper()
	ours := regexp.MustCompile(`init example\.com/skein\S* .* (\d+) allocs`)
	for _, match := range ours.FindAllStringSubmatch(trace, -1) {
		if allocs, err := strconv.Atoi(match[1]); err != nil || allocs > 5 {
			t.Errorf("more than a few sentinel errors: %s", match[0])
		}
	}
}
