//go:build linux && !skein_portable

package local_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/task"
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
	for _, pid := range pids { // nobody else does, and other tests count children
		syscall.Kill(pid, syscall.SIGKILL)
		syscall.Wait4(pid, nil, 0, nil)
	}
}

// TestTidy has tasks end just when what they leave behind loads its program, and
// so has no environment for a moment.
func TestTidy(t *testing.T) {
	const tasks = 100
	dir := t.TempDir()
	var lines []string
	for i := range tasks {
		lines = append(lines, fmt.Sprintf("setsid sh -c 'echo $$ >%s/%d; exec sleep 1000' >/dev/null 2>&1 & until [ -s %[1]s/%[2]d ]; do :; done", dir, i))
	}
	lines = append(lines, "setsid sleep 1000 >/dev/null 2>&1 &", "true", `env -i setsid sleep 1001 >/dev/null 2>&1 & until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done`)
	work := func(spec task.Spec, slot int) (task.Command, error) {
		cmd, err := shell(spec, slot)
		cmd.Background = spec.Seq == tasks+1
		return cmd, err
	}
	left := map[int]int{}
	var swept task.Event
	o := local.Options{Limit: 4, Tidy: true, Run: "r1", Grace: time.Second}
	for ev := range local.Run(context.Background(), specs(lines...), work, o) {
		switch ev.Kind {
		case task.Finished:
			if left[ev.Spec.Seq] = ev.Left; ev.Outcome != task.Succeeded {
				t.Errorf("task %d: %s", ev.Spec.Seq, ev.Outcome)
			}
		case task.Swept:
			swept = ev
		}
	}
	for i := range tasks {
		b, err := os.ReadFile(fmt.Sprintf("%s/%d", dir, i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat("/proc/" + string(bytes.TrimSpace(b))); left[i+1] != 1 || err == nil {
			t.Errorf("task %d: %d were ended, %v", i+1, left[i+1], err)
		}
	}
	// One may live on, and one hides: they end with the run.
	if left[tasks+1] != 0 || left[tasks+2] != 0 || left[tasks+3] != 0 || swept.Left != 2 {
		t.Errorf("%d, %d, %d; %d with the run", left[tasks+1], left[tasks+2], left[tasks+3], swept.Left)
	}
}

func TestTidyEndsWhatDoesNotWantTo(t *testing.T) {
	o := local.Options{Limit: 1, Tidy: true, Run: "r1", Grace: 200 * time.Millisecond}
	got, _ := collect(context.Background(), t, o, shell,
		`setsid sh -c 'trap "" TERM; echo on; while :; do sleep 1; done' >up 2>&1 & until [ -s up ]; do :; done; rm up; (trap "" TERM; exec sleep 1000) >/dev/null 2>&1 & exit 3`)
	if e := got[1]; e.ExitStatus != 3 || e.Left < 2 || e.Cause != "" {
		t.Errorf("%+v", e)
	}
	for _, line := range below(t) {
		if !strings.HasSuffix(line, ") Z ") { // of another test
			t.Errorf("left: %s", line)
		}
	}
}
