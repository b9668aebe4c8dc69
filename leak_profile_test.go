//go:build goexperiment.goroutineleakprofile

package skein_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"testing"
)

// TestMain asks the garbage collector, after all tests, for goroutines that
// nothing can ever wake: the one leak detector that also works with tests that
// run in parallel. make long sets the experiment.
func TestMain(m *testing.M) {
	status := m.Run()
	// Only writing makes the profile collect; Count stays 0.
	var leaks bytes.Buffer
	if err := pprof.Lookup("goroutineleak").WriteTo(&leaks, 1); err != nil {
		fmt.Println(err)
		status = 1
	}
	if strings.Contains(leaks.String(), "example.com/skein") {
		fmt.Printf("goroutines that nothing can wake:\n%s\n", leaks.String())
		status = 1
	}
	os.Exit(status)
}
