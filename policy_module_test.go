package skein_test

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestTheCoreRequiresNothing(t *testing.T) {
	mod, _ := readText(t, "go.mod")
	if want := "module example.com/skein\n\ngo 1.25.0\n"; mod != want {
		t.Errorf("go.mod is\n%s\nwant\n%s", mod, want)
	}
	if _, err := os.Stat("go.sum"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("go.sum exists (%v); the core has no dependency to have a sum of", err)
	}
}

func TestNestedModulesCanBeInstalled(t *testing.T) {
	directive := regexp.MustCompile(`(?m)^(replace|exclude|toolchain|tool)\b.*`)
	ours := regexp.MustCompile(`example\.com/skein\S* (v\S+)`)
	for _, name := range nestedFiles(t, "go.mod") {
		mod, _ := readText(t, name)
		if found := directive.FindString(mod); found != "" {
			t.Errorf("%s: %q: go install MODULE@VERSION refuses it, or it binds our users", name, found)
		}
		if !strings.Contains(mod, "\ngo 1.26.0\n") {
			t.Errorf("%s: no line go 1.26.0", name)
		}
		for _, match := range ours.FindAllStringSubmatch(mod, -1) {
			if match[1] != "v0.0.0" {
				t.Errorf("%s: %s: go.work knows only v0.0.0", name, match[0])
			}
		}
	}
	for _, name := range nestedFiles(t, "go.sum") {
		sum, _ := readText(t, name)
		if strings.Contains(sum, "example.com/skein") {
			t.Errorf("%s has a sum of ours, which changes with every commit", name)
		}
	}
}

func TestTheWorkspaceHasEveryModule(t *testing.T) {
	work, _ := readText(t, "go.work")
	if !strings.Contains(work, "\ngo 1.26.0\n") && !strings.HasPrefix(work, "go 1.26.0\n") {
		t.Error("go.work: no line go 1.26.0")
	}
	for _, name := range nestedFiles(t, "go.mod") {
		if use := "\t./" + path.Dir(name) + "\n"; !strings.Contains(work, use) {
			t.Errorf("go.work does not use %s, so go test work leaves it out", path.Dir(name))
		}
	}
}

func nestedFiles(t *testing.T, base string) []string {
	t.Helper()
	var all []string
	err := walkTree(func(name string) error {
		if path.Base(name) == base && name != base {
			all = append(all, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
