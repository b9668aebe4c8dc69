package local_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/task"
)

// below gives the processes whose parent is the test, ended ones included.
func below(t *testing.T) (lines []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has gone meanwhile
		}
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if string(fields[1]) == fmt.Sprint(os.Getpid()) {
			lines = append(lines, string(stat[:bytes.LastIndexByte(stat, ')')+4]))
		}
	}
	return lines
}

// endless are tasks of which each leaves one process in its group and one in
// a session of its own.
var endless = []string{
	"sleep 1000 & setsid sleep 1000 & wait", "sleep 1000 & setsid sleep 1000 & wait",
	"trap '' TERM; sleep 1000 & while :; do wait; sleep 1; done", "echo never",
}

func TestStop(t *testing.T) {
	o := local.Options{Limit: 3, Grace: 200 * time.Millisecond, SkipAll: true}
	running := func(t *testing.T, events iter.Seq[task.Event], then func() bool) map[task.Outcome]int {
		got := map[task.Outcome]int{}
		n := 0
		for ev := range events {
			ev.Stdout.Free()
			ev.Stderr.Free()
			switch ev.Kind {
			case task.Started:
				if n++; n == 3 && !then() {
					return got
				}
			case task.Finished:
				got[ev.Outcome]++
			}
		}
		return got
	}
	nobody := func(t *testing.T) {
		t.Helper()
		if left := below(t); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	}
	t.Run("the end of the context ends all and leaves nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		why := errors.New("why")
		events := local.Run(ctx, specs(endless...), shell, o)
		got := running(t, events, func() bool { cancel(why); return true })
		if got[task.Cancelled] != 3 || got[task.Skipped] != 1 {
			t.Errorf("%v", got)
		}
		nobody(t)
	})
	t.Run("so does leaving the loop", func(t *testing.T) {
		running(t, local.Run(context.Background(), specs(endless...), shell, o), func() bool { return false })
		nobody(t)
	})
	t.Run("a second signal does not wait for the grace", func(t *testing.T) {
		kill := make(chan struct{})
		o := o
		o.Grace, o.Kill = time.Hour, kill
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		got := running(t, local.Run(ctx, specs(endless...), shell, o), func() bool { cancel(); close(kill); return true })
		if got[task.Cancelled] != 3 {
			t.Errorf("%v", got)
		}
		nobody(t)
	})
	t.Run("a reader that blocks holds nobody", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		blocked, unblock := make(chan struct{}), make(chan struct{})
		defer close(unblock)
		source := func(yield func(task.Spec, error) bool) {
			yield(task.Spec{Seq: 1, Input: "true"}, nil)
			close(blocked)
			<-unblock
		}
		n := 0
		for ev := range local.Run(ctx, source, shell, local.Options{Limit: 2}) {
			if ev.Kind == task.Finished {
				n++
				<-blocked
				cancel()
			}
		}
		if n != 1 {
			t.Errorf("%d tasks", n)
		}
	})
	t.Run("an error of the input lets what runs end by itself", func(t *testing.T) {
		bad := errors.New("record 3 is bad")
		source := func(yield func(task.Spec, error) bool) {
			if yield(task.Spec{Seq: 1, Input: "sleep 0.2; echo whole"}, nil) {
				yield(task.Spec{}, bad)
			}
		}
		var outcome task.Outcome
		var halted error
		for ev := range local.Run(context.Background(), source, shell, local.Options{Limit: 2}) {
			switch ev.Kind {
			case task.Finished:
				outcome = ev.Outcome
			case task.Halted:
				halted = ev.Err
			}
		}
		if outcome != task.Succeeded || halted != bad {
			t.Errorf("%s, %v", outcome, halted)
		}
	})
	t.Run("children that were there before are not ours to end", func(t *testing.T) {
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		collect(context.Background(), t, local.Options{Limit: 1, Grace: time.Second}, shell, "setsid sleep 1000 >/dev/null 2>&1 &")
		if left := below(t); len(left) != 1 {
			t.Errorf("%q, want the one from before", left)
		}
		cmd.Process.Kill()
		if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Errorf("its end was taken from its owner: %v", err)
		}
	})
}

func TestProcesses(t *testing.T) {
	t.Run("an orphan that has ended does not stay a zombie", func(t *testing.T) {
		// The task itself waits until the orphan it made is neither there
		// nor a zombie: only skein can reap it.
		line := `(sh -c 'echo $$ > "$0"' "$0" &) ; until [ -s "$0" ]; do sleep 0.01; done; while [ -e /proc/$(cat "$0") ]; do sleep 0.01; done; echo reaped`
		file := filepath.Join(t.TempDir(), "pid")
		work := func(spec task.Spec, _ int) (task.Command, error) {
			return task.Command{Argv: []string{"sh", "-c", line, file}}, nil
		}
		got, _ := collect(context.Background(), t, local.Options{Limit: 1, Timeout: 20 * time.Second}, work, "x")
		if got[1].out != "reaped\n" {
			t.Errorf("%+v", got[1])
		}
	})
	t.Run("the threads that start processes do not end before them", func(t *testing.T) {
		var inputs []string
		for range 200 {
			inputs = append(inputs, "sleep 0.5; exit 7")
		}
		got, _ := collect(context.Background(), t, local.Options{Limit: 100}, shell, inputs...)
		for n, e := range got {
			if e.ExitStatus != 7 {
				t.Errorf("%d: %s, signal %v", n, e.Outcome, e.Signal)
			}
		}
	})
	t.Run("no goroutine and no descriptor is left", func(t *testing.T) {
		collect(context.Background(), t, local.Options{Limit: 4}, shell, "sleep 0.1", "true", "exit 1")
		goroutines, descriptors := runtime.NumGoroutine(), openFiles(t)
		collect(context.Background(), t, local.Options{Limit: 4, Timeout: 50 * time.Millisecond}, shell, "sleep 0.1", "true", "exit 1", "sleep 100")
		if n := openFiles(t); n != descriptors {
			t.Errorf("%d descriptors, before %d", n, descriptors)
		}
		// A goroutine is counted a little longer than anybody can wait for.
		for late := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
			if time.Now().After(late) {
				t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), goroutines)
			}
		}
	})
	t.Run("the environment of a task is ours", func(t *testing.T) {
		t.Setenv("GOMAXPROCS", "")
		os.Unsetenv("GOMAXPROCS")
		got, _ := collect(context.Background(), t, local.Options{Limit: 8}, shell, "echo ${GOMAXPROCS-unset}; ulimit -n")
		want, err := exec.Command("sh", "-c", "echo unset; ulimit -n").Output()
		if err != nil {
			t.Fatal(err)
		}
		if got[1].out != string(want) {
			t.Errorf("%q, want %q", got[1].out, want)
		}
	})
}

func openFiles(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}
