package skein_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The guard tests read files and never ask cmd/go, so that they cover every
// module on every version of Go, for every platform and with every build tag.

type sourcePackage struct {
	path  string // in the notation of importOrder
	dir   string // slash-separated, from the root
	files []sourceFile
}

type sourceFile struct {
	name string // slash-separated, from the root
	fset *token.FileSet
	ast  *ast.File
}

func (f sourceFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// imports gives the imported paths in the notation of importOrder.
func (f sourceFile) imports() []string {
	var all []string
	for _, spec := range f.ast.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // it has been parsed
		all = append(all, strings.TrimPrefix(imported, "example.com/"))
	}
	return all
}

func (f sourceFile) position(node ast.Node) token.Position { return f.fset.Position(node.Pos()) }

var readTree = sync.OnceValues(parseTree)

// readPackages gives all packages of all modules.
func readPackages(t *testing.T) []*sourcePackage {
	t.Helper()
	all, err := readTree()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func parseTree() ([]*sourcePackage, error) {
	var all []*sourcePackage
	fset := token.NewFileSet() // one for all, as go/doc wants it
	err := walkTree(func(name string) error {
		if path.Ext(name) != ".go" || strings.Contains(name, "testdata/") {
			return nil
		}
		file, err := parseFile(fset, name)
		if err != nil || isScript(file) {
			return err
		}
		dir := path.Dir(name)
		if len(all) == 0 || all[len(all)-1].dir != dir {
			all = append(all, &sourcePackage{path: path.Join("skein", dir), dir: dir})
		}
		last := all[len(all)-1]
		last.files = append(last.files, file)
		return nil
	})
	return all, err
}

func parseFile(fset *token.FileSet, name string) (sourceFile, error) {
	tree, err := parser.ParseFile(fset, filepath.FromSlash(name), nil, parser.ParseComments)
	return sourceFile{name: name, fset: fset, ast: tree}, err
}

// isScript reports whether the file is a program of its own, run by name.
func isScript(f sourceFile) bool {
	for _, group := range f.ast.Comments {
		for _, line := range group.List {
			if line.Text == "//go:build ignore" {
				return true
			}
		}
	}
	return false
}

// walkTree calls visit with every file of the repository, those of one
// directory in a row.
func walkTree(visit func(name string) error) error {
	var names []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (name == ".git" || name == "bin") {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(names, func(a, b string) int {
		return strings.Compare(path.Dir(a)+"\x00"+path.Base(a), path.Dir(b)+"\x00"+path.Base(b))
	})
	for _, name := range names {
		if err := visit(name); err != nil {
			return err
		}
	}
	return nil
}

// readText gives a file of the repository, or false if it is not text.
func readText(t *testing.T, name string) (string, bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data), !bytes.Contains(data, []byte{0})
}
