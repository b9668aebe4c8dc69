//go:build linux

package remote_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/skein/cmd/internal/remote"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/text"
)

// runner runs commands until the test ends.
func runner(t *testing.T, allow string) *remote.Runner {
	t.Helper()
	allowed, err := remote.Allow(allow)
	if err != nil {
		t.Fatal(err)
	}
	r := remote.NewRunner(allowed)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, 4, 200*time.Millisecond) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

func sh(line string) remote.Args { return remote.Args{Argv: []string{"sh", "-c", line}} }

func TestACommandEndsAsItEnds(t *testing.T) {
	r := runner(t, remote.Any)
	dir := t.TempDir()
	if resolved, err := filepath.EvalSymlinks(dir); err == nil {
		dir = resolved
	}
	t.Setenv("FROM", "the worker")
	in := func(a remote.Args, change func(*remote.Args)) remote.Args {
		change(&a)
		return a
	}
	for what, row := range map[string]struct {
		in   remote.Args
		want remote.Result
	}{
		"well":                 {sh("echo out; echo err >&2"), remote.Result{Outcome: task.Succeeded, Stdout: []byte("out\n"), Stderr: []byte("err\n")}},
		"with a status":        {sh("exit 7"), remote.Result{Outcome: task.Failed, ExitStatus: 7}},
		"by a signal":          {sh("kill -9 $$"), remote.Result{Outcome: task.Killed, ExitStatus: -1, Signal: 9}},
		"not at all":           {remote.Args{Argv: []string{"there-is-no-such-program"}}, remote.Result{Outcome: task.Failed, ExitStatus: -1, Cause: "there-is-no-such-program: command not found"}},
		"with its input":       {in(sh("cat"), func(a *remote.Args) { a.Stdin = []byte("a\x00b\xff") }), remote.Result{Outcome: task.Succeeded, Stdout: []byte("a\x00b\xff")}},
		"without any":          {sh("cat"), remote.Result{Outcome: task.Succeeded}},
		"in its directory":     {in(sh("pwd; echo $PWD"), func(a *remote.Args) { a.Dir = text.Text(dir) }), remote.Result{Outcome: task.Succeeded, Stdout: []byte(dir + "\n" + dir + "\n")}},
		"with its environment": {in(sh("echo $FROM $OWN $SKEIN_TASK_"), func(a *remote.Args) { a.Env = []string{"OWN=x", "FROM=here", "SKEIN_TASK_=no"} }), remote.Result{Outcome: task.Succeeded, Stdout: []byte("here x\n")}},
		"too late":             {in(sh("echo begun; sleep 60"), func(a *remote.Args) { a.Timeout = 100 * time.Millisecond }), remote.Result{Outcome: task.TimedOut, ExitStatus: -1, Signal: 15, Cause: "it took longer than its time-out", Stdout: []byte("begun\n")}},
	} {
		t.Run(what, func(t *testing.T) {
			got, err := r.Do(t.Context(), row.in)
			if err != nil {
				t.Fatal(err)
			}
			if got.Outcome != row.want.Outcome || got.ExitStatus != row.want.ExitStatus || got.Signal != row.want.Signal ||
				string(got.Stdout) != string(row.want.Stdout) || string(got.Stderr) != string(row.want.Stderr) || got.Cause != row.want.Cause || got.Cut() {
				t.Errorf("%+v", got)
			}
		})
	}
	if got, err := r.Do(t.Context(), in(sh("true"), func(a *remote.Args) { a.Dir = text.Text(dir + "/none") })); err != nil || got.Outcome != task.Failed || !strings.Contains(got.Cause, "none") {
		t.Errorf("a directory that is not there: %+v, %v", got, err)
	}
}

func TestMoreOutputThanAResultHasIsCutAndCounted(t *testing.T) {
	r := runner(t, remote.Any)
	got, err := r.Do(t.Context(), sh("yes | head -c 20000000; yes no | head -c 17000000 >&2"))
	if err != nil || len(got.Stdout) != remote.MostOutput || len(got.Stderr) != remote.MostOutput ||
		got.StdoutBytes != 20000000 || got.StderrBytes != 17000000 || !got.Cut() {
		t.Errorf("%d of %d, %d of %d, %v", len(got.Stdout), got.StdoutBytes, len(got.Stderr), got.StderrBytes, err)
	}
}

func TestWhatIsNotAllowedIsRefused(t *testing.T) {
	dir := t.TempDir()
	evil := filepath.Join(dir, "cat")
	if err := os.WriteFile(evil, []byte("#!/bin/sh\necho evil\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", os.Getenv("PATH")+":.:") // where the directory of the task would count
	r := runner(t, "cat,sh")
	for what, row := range map[string]struct {
		in  remote.Args
		why string
	}{
		"another program":    {remote.Args{Argv: []string{"ls"}}, `does not run "ls"`},
		"by its path":        {remote.Args{Argv: []string{evil}}, "does not run"},
		"by a relative path": {remote.Args{Argv: []string{"./cat"}, Dir: text.Text(dir)}, "does not run"},
		"nothing":            {remote.Args{}, "no program"},
		"an empty name":      {remote.Args{Argv: []string{""}}, "no program"},
		"any":                {remote.Args{Argv: []string{"any"}}, "does not run"},
		"a variable":         {remote.Args{Argv: []string{"cat"}, Env: []string{"LD_PRELOAD=/x"}}, "no environment"},
		"a NUL":              {remote.Args{Argv: []string{"cat", "a\x00b"}}, "NUL"},
		"a relative place":   {remote.Args{Argv: []string{"cat"}, Dir: "x"}, "from the root"},
		"a negative timeout": {remote.Args{Argv: []string{"cat"}, Timeout: -1}, "negative"},
	} {
		t.Run(what, func(t *testing.T) {
			got, err := r.Do(t.Context(), row.in)
			var mark interface{ Permanent() bool }
			if err == nil || !strings.Contains(err.Error(), row.why) || !errors.As(err, &mark) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	if got, err := r.Do(t.Context(), remote.Args{Argv: []string{"cat"}, Dir: text.Text(dir), Stdin: []byte("good")}); err != nil || string(got.Stdout) != "good" {
		t.Errorf("%+v, %v", got, err)
	}
	for list, why := range map[string]string{"": "empty", "cat,": "empty", "./cat": "depends on where", "there-is-no-such-program": "not found"} {
		if _, err := remote.Allow(list); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", list, err)
		}
	}
}

// family is a command that starts a process in a session of its own, and writes
// the ids of both into a file.
func family(file string) remote.Args {
	return sh("trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ >>" + file + "; while :; do sleep 1; done' & echo $$ >>" + file + "; while :; do sleep 1; done")
}

// pids waits until there are n, and gives them.
func pids(t *testing.T, file string, n int) (ids []int) {
	t.Helper()
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late); <-time.After(5 * time.Millisecond) {
		b, _ := os.ReadFile(file)
		if fields := strings.Fields(string(b)); len(fields) == n {
			for _, f := range fields {
				id, err := strconv.Atoi(f)
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, id)
			}
			return ids
		}
	}
	t.Fatal("no process ids in", file)
	return nil
}

func mustBeGone(t *testing.T, ids []int) {
	t.Helper()
	for _, id := range ids {
		for late := time.Now().Add(30 * time.Second); ; <-time.After(5 * time.Millisecond) {
			stat, err := os.ReadFile("/proc/" + strconv.Itoa(id) + "/stat")
			if syscall.Kill(id, 0) != nil || err == nil && strings.Contains(string(stat), ") Z") {
				break
			}
			if time.Now().After(late) {
				t.Fatal("process", id, "is still there")
			}
		}
	}
}

func TestACancelledCommandTakesAllThatItStartedAlong(t *testing.T) {
	r := runner(t, remote.Any)
	file := filepath.Join(t.TempDir(), "pids")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := r.Do(ctx, family(file))
		ended <- err
	}()
	ids := pids(t, file, 2)
	why := errors.New("nobody wants it")
	cancel(why)
	if err := <-ended; !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	mustBeGone(t, ids)
	// One that is cancelled before it begins ends too.
	if got, err := r.Do(ctx, sh("sleep 60")); !errors.Is(err, why) {
		t.Errorf("%+v, %v", got, err)
	}
	// The runner is as good as before.
	if got, err := r.Do(t.Context(), sh("echo still here")); err != nil || string(got.Stdout) != "still here\n" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTheEndOfTheRunnerEndsWhatRuns(t *testing.T) {
	allowed, err := remote.Allow(remote.Any)
	if err != nil {
		t.Fatal(err)
	}
	r := remote.NewRunner(allowed)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- r.Run(ctx, 1, 100*time.Millisecond) }()
	file := filepath.Join(t.TempDir(), "pids")
	ended := make(chan error, 3)
	for _, in := range []remote.Args{family(file), sh("echo never"), sh("echo never")} {
		go func() {
			got, err := r.Do(t.Context(), in)
			if err == nil {
				err = errors.New("it ended " + string(got.Outcome))
			}
			ended <- err
		}()
		if in.Argv[2] != "echo never" {
			pids(t, file, 2)
		}
	}
	ids := pids(t, file, 2)
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
	for range 3 {
		if err := <-ended; err == nil || err.Error() != "the worker ends" {
			t.Errorf("%v", err)
		}
	}
	mustBeGone(t, ids)
}
