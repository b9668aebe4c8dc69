package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
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
		Setup:              setUp,
		Cmds:               commands,
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

// setUp keeps what the user of this machine has set out of the scripts.
func setUp(env *testscript.Env) error {
	env.Setenv("LC_ALL", "C")
	env.Setenv("TMPDIR", env.WorkDir)
	env.Setenv("XDG_STATE_HOME", env.WorkDir+"/.state")
	env.Setenv("XDG_RUNTIME_DIR", env.WorkDir+"/.live")
	for _, name := range []string{"NO_COLOR", "GOMAXPROCS"} {
		if value, set := os.LookupEnv(name); set {
			env.Setenv(name, value)
		}
	}
	env.Values[backgroundKey{}] = map[string]*background{}
	return nil
}
