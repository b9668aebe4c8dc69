//go:build linux && !skein_portable

package local

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestAnOrphanThatThrowsItsMarksAway is still the task's once it has been met.
func TestAnOrphanThatThrowsItsMarksAway(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", "setsid sh -c 'echo $$ >pid; until [ -e go ]; do sleep 0.01; done; exec env -i sleep 1000' & until [ -s pid ]; do :; done")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "SKEIN_TASK=7")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		syscall.Kill(pid, syscall.SIGKILL)
		syscall.Wait4(pid, nil, 0, nil)
	}()
	s := &slot{runner: &runner{system: &system{running: map[int]*slot{}}}}
	tree := s.tree(&job{seq: 7, ended: time.Now()})
	if met := tree.orphans(); !slices.Contains(met, pid) {
		t.Fatalf("%d is not among %v", pid, met)
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for !slices.Equal(called(pid), []string{"sleep"}) || len(environ(pid)) > 0 {
		<-time.After(time.Millisecond)
	}
	if left := tree.look(0); !slices.Contains(left, pid) {
		t.Errorf("%d is not among %v any more", pid, left)
	}
}
