//go:build linux && !skein_portable

package local_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"example.com/skein/cmd/internal/local"
)

func TestATimeoutEndsNothingOfAnotherRun(t *testing.T) {
	o := local.Options{Limit: 1, Run: "r1", Timeout: 500 * time.Millisecond, Background: true}
	got, _ := collect(context.Background(), t, o, shell,
		"(SKEIN_RUN=r2 setsid sleep 60 >&- 2>&- & echo $!); (setsid sleep 60 >&- 2>&- & echo $!); exec sleep 60")
	var pids [2]int
	if _, err := fmt.Sscan(got[1].out, &pids[0], &pids[1]); err != nil {
		t.Fatal(err)
	}
	for i, lives := range []bool{true, false} {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pids[i]))
		if is := err == nil && !bytes.Contains(stat, []byte(") Z ")); is != lives {
			t.Errorf("process %d lives: %t, want %t", i, is, lives)
		}
	}
	syscall.Kill(pids[0], syscall.SIGKILL)
}
