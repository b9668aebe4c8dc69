package skein_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// arrived is the last line of a process that ends well.
const arrived = "arrived at the end"

// inProcess runs f in a process of its own, which should exit with status 0
// when f returns, and says how it ended and what it wrote. What crashes a
// program, and what only the real clock and the garbage collector bring about,
// is tested like this.
//
// The process is the test binary: it comes here by the same way, and f must
// not depend on anything else that happens on it.
func inProcess(t *testing.T, f func()) (status int, output string) {
	t.Helper()
	const variable = "SKEIN_TEST_PROCESS"
	if os.Getenv(variable) == t.Name() {
		f()
		fmt.Println(arrived)
		os.Exit(0)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for a bug: none takes a second
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
	cmd.Env = append(os.Environ(), variable+"="+t.Name())
	cmd.Stdout, cmd.Stderr = &out, &out
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// wantCrash checks that f crashes its process, with each of the words told.
func wantCrash(t *testing.T, f func(), words ...string) {
	t.Helper()
	status, output := inProcess(t, f)
	if status != 2 {
		t.Errorf("status %d, want 2", status)
	}
	for _, word := range words {
		if !strings.Contains(output, word) {
			t.Errorf("the output has no %q:\n%s", word, output)
		}
	}
}

// wantCalm checks that f does not crash its process.
func wantCalm(t *testing.T, f func()) {
	t.Helper()
	if status, output := inProcess(t, f); status != 0 || !strings.Contains(output, arrived) {
		t.Errorf("status %d\n%s", status, output)
	}
}
