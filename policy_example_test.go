package skein_test

import (
	"go/ast"
	"go/doc"
	"slices"
	"strings"
	"testing"
)

// notShown are the exported names that need no Example, each with the reason.
// It may get shorter; who makes it longer changes notShownAtMost too, and
// answers for it in the review.
var notShown = map[string]string{
	"Detail":        "Stacks is the one; the Example of Group.Snapshot asks for it",
	"Ended":         "a record; the Example of KeepHistory reads one",
	"Rest":          "a record of three counts",
	"Stats":         "a record; the Example of Group.Stats reads one",
	"WaitGroup_Add": "one half of a pair; the Example of Done has both",
}

const notShownAtMost = 5

func TestWhatAReaderWouldCallHasAnExample(t *testing.T) {
	if len(notShown) != notShownAtMost {
		t.Errorf("%d names have no Example, want %d", len(notShown), notShownAtMost)
	}
	for _, pkg := range readPackages(t) {
		if pkg.path == "skein" || pkg.path == "skein/insight" || pkg.path == "skein/skeintest" {
			checkExamples(t, pkg)
		}
	}
}

func checkExamples(t *testing.T, pkg *sourcePackage) {
	t.Helper()
	var files []*ast.File
	for _, file := range pkg.files {
		files = append(files, file.ast)
	}
	docs, err := doc.NewFromFiles(pkg.files[0].fset, files, pkg.path, doc.PreserveAST)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, example := range doc.Examples(testsOf(pkg)...) {
		if example.Output != "" {
			shown[example.Name] = true
		}
	}
	for _, name := range callable(docs) {
		found := isShown(name, shown)
		if _, excused := notShown[name]; excused && found {
			t.Errorf("%s has an Example now: take it out of notShown", name)
		} else if !found && !excused {
			t.Errorf("%s has no Example with // Output", name)
		}
	}
	for name := range notShown {
		if pkg.path == "skein" && !slices.Contains(callable(docs), name) {
			t.Errorf("notShown has %s, and there is no such name", name)
		}
	}
}

func testsOf(pkg *sourcePackage) []*ast.File {
	var all []*ast.File
	for _, file := range pkg.files {
		if file.isTest() {
			all = append(all, file.ast)
		}
	}
	return all
}

// callable lists the exported functions, types and methods, these as Type_Method.
func callable(docs *doc.Package) []string {
	var all []string
	for _, f := range docs.Funcs {
		all = append(all, f.Name)
	}
	for _, typ := range docs.Types {
		all = append(all, typ.Name)
		for _, f := range typ.Funcs {
			all = append(all, f.Name)
		}
		for _, method := range typ.Methods {
			if !isForOthers(method.Name) {
				all = append(all, typ.Name+"_"+method.Name)
			}
		}
	}
	return all
}

// isForOthers knows the methods that are called by fmt and errors.
func isForOthers(method string) bool {
	return slices.Contains([]string{"Error", "Unwrap", "Is", "As", "String"}, method)
}

// isShown goes by the names of Examples, which is where go doc puts them:
// ExampleName or ExampleName_suffix. A type is shown by any of its methods.
func isShown(name string, shown map[string]bool) bool {
	for example := range shown {
		if example == name || strings.HasPrefix(example, name+"_") {
			return true
		}
	}
	return false
}
