package skein_test

import (
	"go/ast"
	"go/build"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryPackageHasOneDoc(t *testing.T) {
	for _, pkg := range readPackages(t) {
		var docs []string
		for _, file := range pkg.files {
			if file.isTest() || file.ast.Doc == nil || onlyDirectives(file.ast.Doc) {
				continue
			}
			docs = append(docs, file.name)
			checkDocStart(t, file, path.Base(pkg.path))
		}
		if len(docs) != 1 {
			t.Errorf("%s has %d package docs, want one: %q", pkg.path, len(docs), docs)
		}
	}
}

func onlyDirectives(doc *ast.CommentGroup) bool { return doc.Text() == "" }

func checkDocStart(t *testing.T, file sourceFile, dir string) {
	t.Helper()
	start := "Package " + file.ast.Name.Name + " "
	if file.ast.Name.Name == "main" {
		start = "Command " + dir + " "
	}
	if doc := file.ast.Doc.Text(); !strings.HasPrefix(doc, start) {
		t.Errorf("%s: the package doc should start with %q", file.name, start)
	}
}

var (
	fence    = regexp.MustCompile("(?s)```.*?```")
	link     = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	codeSpan = regexp.MustCompile("`([\\w./-]+)`")
	pathLike = regexp.MustCompile(`^((cmd|bench|scripts|docs|examples|internal|changes|\.ci)/[\w./-]*|[\w./-]+\.(go|md|sh|s))$`)
)

// isGos knows the packages of Go's own that are named like ours.
func isGos(name string) bool {
	_, err := os.Stat(filepath.Join(build.Default.GOROOT, "src", filepath.FromSlash(name)))
	return err == nil
}

func TestPagesNameFilesThatExist(t *testing.T) {
	there := map[string]bool{}
	var pages []string
	err := walkTree(func(name string) error {
		if path.Ext(name) == ".md" {
			pages = append(pages, name)
		}
		for ; !there[name]; name = path.Dir(name) {
			there[name] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text, _ := readText(t, page)
		text = fence.ReplaceAllString(text, "")
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(match[1], "://") && !there[path.Join(path.Dir(page), match[1])] {
				t.Errorf("%s links to %s, which does not exist", page, match[1])
			}
		}
		for _, match := range codeSpan.FindAllStringSubmatch(text, -1) {
			name := path.Clean(match[1])
			if pathLike.MatchString(match[1]) && !there[name] && !there[path.Join(path.Dir(page), name)] && !isGos(name) {
				t.Errorf("%s names %s, which does not exist", page, match[1])
			}
		}
	}
}

// The costs that a doc comment tells are kept by a benchmark, which it names.
func TestEveryBenchmarkThatIsNamedExists(t *testing.T) {
	there, named := map[string]bool{}, 0
	packages := readPackages(t)
	for _, pkg := range packages {
		for _, file := range pkg.files {
			for _, decl := range file.ast.Decls {
				if f, ok := decl.(*ast.FuncDecl); ok && file.isTest() {
					there[f.Name.Name] = true
				}
			}
		}
	}
	for _, pkg := range packages {
		for _, file := range pkg.files {
			for _, comments := range file.ast.Comments {
				for _, name := range benchmark.FindAllString(comments.Text(), -1) {
					if named++; !there[name] {
						t.Errorf("%s names %s, which does not exist", file.name, name)
					}
				}
			}
		}
	}
	if named < 15 {
		t.Errorf("%d benchmarks are named: the test does not see them", named)
	}
}

var benchmark = regexp.MustCompile(`\bBenchmark[A-Z]\w*`)
