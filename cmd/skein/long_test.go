//go:build long

package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/skein/cmd/internal/script"
)

// TestLong runs the scripts that take minutes: go test -tags long.
func TestLong(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/long",
		RequireUniqueNames: true,
		Setup:              script.SetUp,
		Cmds:               script.Commands,
	})
}

// TestLongKilled kills and resumes at 200 random moments, and more, as a
// resume is killed as well.
func TestLongKilled(t *testing.T) { killAndResume(t, 200) }
