package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/skein/cmd/internal/script"
)

// TestMain puts main itself, and small programs for it to run, in the PATH of
// the scripts.
func TestMain(m *testing.M) {
	programs := map[string]func(){"skein": main}
	maps.Copy(programs, helpers)
	testscript.Main(m, programs)
}

// TestScripts runs every script of testdata/script: a behaviour per block,
// headed by a sentence. STYLE of the scripts: no sleeping, but waitfor.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files:              scripts(t),
		RequireUniqueNames: true,
		Setup:              script.SetUp,
		Cmds:               script.Commands,
	})
}

// scripts are those that are true of this system.
func scripts(t *testing.T) []string {
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	return slices.DeleteFunc(files, func(file string) bool {
		return elsewhere[strings.TrimSuffix(filepath.Base(file), ".txtar")] != ""
	})
}
