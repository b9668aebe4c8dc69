//go:build ignore

// Pack writes the modules of the working tree, as v0.0.0, into a directory
// that serves as a file-system GOPROXY:
//
//	go run scripts/pack.go DIR
//
// It takes what git tracks and what it would track, so a check sees a change
// before it is committed. Like cmd/go it leaves nested modules out of their
// parent and lends them the licence of the root.
package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const version = "v0.0.0"

var moduleLine = regexp.MustCompile(`(?m)^module\s+(\S+)`)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run scripts/pack.go DIR")
		os.Exit(2)
	}
	if err := pack(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(proxy string) error {
	files, err := tree()
	if err != nil {
		return err
	}
	roots := moduleRoots(files)
	for _, root := range roots {
		if err := writeModule(proxy, root, filesOf(root, roots, files)); err != nil {
			return fmt.Errorf("module in %s: %w", root, err)
		}
	}
	return nil
}

// tree lists the regular files of the working tree, slash-separated. A file
// that git still tracks may be gone already.
func tree() ([]string, error) {
	out, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var files []string
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		info, err := os.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func moduleRoots(files []string) []string {
	var roots []string
	for _, name := range files {
		if path.Base(name) == "go.mod" && !strings.Contains("/"+name, "/testdata/") {
			roots = append(roots, path.Dir(name))
		}
	}
	return roots
}

// filesOf maps the names inside the module to the files that hold them.
func filesOf(root string, roots, files []string) map[string]string {
	content := map[string]string{}
	for _, name := range files {
		if owner(name, roots) == root {
			rel, _ := filepath.Rel(root, name) // both are relative to the same directory
			content[filepath.ToSlash(rel)] = name
		}
	}
	if content["LICENSE"] == "" {
		content["LICENSE"] = "LICENSE"
	}
	return content
}

// owner is the innermost module root above name.
func owner(name string, roots []string) string {
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if slices.Contains(roots, dir) || dir == "." {
			return dir
		}
	}
}

func writeModule(proxy, root string, content map[string]string) error {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	match := moduleLine.FindSubmatch(mod)
	if match == nil {
		return errors.New("go.mod has no module line")
	}
	module := string(match[1])
	archive, err := zipModule(module, content)
	if err != nil {
		return err
	}
	dir := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		"list":            []byte(version + "\n"),
		version + ".info": []byte(`{"Version":"` + version + `","Time":"2026-01-01T00:00:00Z"}`),
		version + ".mod":  mod,
		version + ".zip":  archive,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

func zipModule(module string, content map[string]string) ([]byte, error) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for name, file := range content {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		entry, err := w.Create(module + "@" + version + "/" + name)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return archive.Bytes(), nil
}
