package skein_test

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
	"testing"
)

// Pieces are joined so that this file does not find itself.
var nowhere = map[string]*regexp.Regexp{
	"a path of one machine": regexp.MustCompile(`/wor` + `k/|/tmp/bas` + `h_jobs|/home/[a-z]|/roo` + `t/`),
	"a registry's host":     regexp.MustCompile(`(proxy|sum)\.gola` + `ng\.org|registry\.npm` + `js\.org|pyp` + `i\.org|deb\.deb` + `ian\.org`),
}

func TestNoFileNamesAHostOrAMachine(t *testing.T) {
	err := walkTree(func(name string) error {
		text, ok := readText(t, name)
		if !ok {
			return nil
		}
		for i, line := range strings.Split(text, "\n") {
			for what, pattern := range nowhere {
				if found := pattern.FindString(line); found != "" {
					t.Errorf("%s:%d: %s: %s", name, i+1, what, found)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A skipped test and a green tick lie to the reader. What needs root, a tool
// or the race detector is chosen by a build tag or a target of the Makefile.
func TestNoTestIsSkipped(t *testing.T) {
	for _, pkg := range readPackages(t) {
		for _, file := range pkg.files {
			if !file.isTest() {
				continue
			}
			ast.Inspect(file.ast, func(node ast.Node) bool {
				if call, ok := node.(*ast.CallExpr); ok && isSkip(call) {
					t.Errorf("%s: a test that may be skipped", file.position(call))
				}
				return true
			})
		}
	}
	skip := regexp.MustCompile(`(?m)^(\[[^]]*\] )*skip\b`)
	for _, name := range scriptFiles(t) {
		if text, _ := readText(t, name); skip.MatchString(text) {
			t.Errorf("%s: a script that may be skipped", name)
		}
	}
}

func isSkip(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch selector(method) {
	case "t.Skip", "t.Skipf", "t.SkipNow", "b.Skip", "b.Skipf", "b.SkipNow", "tb.Skip", "tb.Skipf", "tb.SkipNow":
		return true
	}
	return false
}

func scriptFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	err := walkTree(func(name string) error {
		if ext := path.Ext(name); ext == ".txtar" || ext == ".txt" && strings.Contains(name, "testdata/script") {
			all = append(all, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Fake time makes a Sleep exact: inside synctest.Test it moves the clock.
// Anywhere else it is a guess, and a comment on its line or the one before
// says why there is nothing better.
func TestTestsDoNotSleep(t *testing.T) {
	for _, pkg := range readPackages(t) {
		for _, file := range pkg.files {
			if file.isTest() {
				checkSleeps(t, file)
			}
		}
	}
}

func checkSleeps(t *testing.T, file sourceFile) {
	t.Helper()
	excused := map[int]bool{}
	for _, group := range file.ast.Comments {
		for line := file.position(group).Line; line <= file.fset.Position(group.End()).Line+1; line++ {
			excused[line] = true
		}
	}
	ast.Inspect(file.ast, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := selector(call.Fun)
		if name == "synctest.Test" || name == "bubble.Run" {
			return false
		}
		if at := file.position(call); name == "time.Sleep" && !excused[at.Line] {
			t.Errorf("%s: a Sleep outside of synctest.Test, with no reason beside it", at)
		}
		return true
	})
}
