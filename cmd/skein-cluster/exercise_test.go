package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/skein/cluster/clustertest"
)

// ran is what came of a run of skein.
type ran struct {
	stdout, stderr string
	status         int
}

// where is a place to run commands: what skein run is given beside the rest.
type where struct {
	flags []string
}

// TestExercise has skein run do the same here, on the server of skein serve, and
// on three servers of others.
func TestExercise(t *testing.T) {
	bin := build(t)
	t.Run("here", func(t *testing.T) { Exercise(t, bin, where{}) })
	t.Run("skein serve", func(t *testing.T) {
		dir := t.TempDir()
		launch(t, bin, "serving at", "serve", "--listen", "127.0.0.1:0", "--dir", dir, "--workers", "8", "--allow-commands", "any")
		Exercise(t, bin, where{flags: []string{"--on", filepath.Join(dir, "owner.key")}})
	})
	t.Run("three servers", func(t *testing.T) {
		address := clustertest.Servers(t, 3)
		for range 2 {
			launch(t, bin, "joined", "worker", "--join", address, "-j", "4", "--allow-commands", "any")
		}
		Exercise(t, bin, where{flags: []string{"--on", address}})
	})
}

// Exercise is what must be the same wherever the commands run.
func Exercise(t *testing.T, bin string, at where) {
	count := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintln(&b, i+1)
		}
		return b.String()
	}
	megabyte := strings.Repeat("x", 1<<20)
	for _, row := range []struct {
		what   string
		args   []string // what follows skein run; DIR is a directory of its own
		stdin  string
		stdout string // a pattern; "=" before it: the text itself
		stderr string // a pattern; "": nothing
		status int
	}{
		{"in the order of the inputs", []string{"-k", "sleep 0.0$(expr 99 - {} % 70); echo {}"}, count(60), "=" + count(60), "", 0},
		{"as they end", []string{"echo", "a  b", "{}"}, "x\n", "^a  b x\n$", "", 0},
		{"an argument is one, whatever is in it", []string{"-0", "-k", "printf", "%s|", "{}"}, "a b\x00$(x)\x00\xff\n'\x00", "=a b|$(x)|\xff\n'|", "", 0},
		{"some fail", []string{"exit {}"}, "0\n3\n0\n", "^$", `3 tasks: 2 succeeded, 1 failed`, 1},
		{"how it failed", []string{"--tag", "sh", "-c", "echo out; echo why >&2; exit 7", "x", "{}"}, "a\n", "^a\tout\n$", `(?s)why.*exit status 7`, 1},
		{"a signal", []string{"kill -9 $$; echo {}"}, "a\n", "^$", `killed.*signal 9`, 1},
		{"too slow", []string{"--timeout", "0.3", "sleep {}"}, "0\n60\n", "^$", `1 timed-out`, 1},
		{"stop at the first failure", []string{"-j", "1", "--fail-fast", "exit {}"}, "0\n1\n0\n0\n", "^$", `1 failed`, 3},
		{"one success is enough", []string{"-j", "1", "--until-success", "exit {}"}, "1\n1\n0\n1\n", "^$", `task 3 succeeded \(--until-success\): no further task starts`, 0},
		{"try again", []string{"--attempts", "3", "--backoff", "0.01", "echo x >>DIR/{}; test $(wc -l <DIR/{}) = 3 && echo {}"}, "a\nb\n", "^(a\n|b\n){2}$", "", 0},
		{"in vain", []string{"--attempts", "2", "--backoff", "0.01", "--retry-on", "75", "echo x >>DIR/{}; wc -l <DIR/{}; exit {}"}, "75\n76\n", `(?s)^(2\n1\n|1\n2\n)$`, `2 failed`, 1},
		{"much output", []string{"-k", "head -c 1048576 /dev/zero | tr '\\0' x; echo; : {}"}, count(5), "=" + strings.Repeat(megabyte+"\n", 5), "", 0},
		{"blocks", []string{"--pipe", "--block", "1k", "-k", "cat"}, count(3000), "=" + count(3000), "", 0},
		{"blocks of the usual size", []string{"--pipe", "-k", "cat"}, count(50_000), "=" + count(50_000), "", 0},
		{"more arguments than a command takes", []string{"-X", "-k", "printf", "%s\n"}, count(100_000), "=" + count(100_000), "", 0},
		{"so many of a number", []string{"-n", "90000", "-k", "printf", "%s\n"}, count(100_000), "=" + count(100_000), "", 0},
		{"many in a line of the shell", []string{"-X", "-k", "printf '%s\n' {} | cat"}, count(50_000), "=" + count(50_000), "", 0},
		{"many that no text can have", []string{"-X", "-0", "-k", "printf", "%s\n"}, strings.Repeat("<\x01\xff'\x00", 30_000), "=" + strings.Repeat("<\x01\xff'\n", 30_000), "", 0},
		{"many of which each is long", []string{"-X", "-k", "printf", "%s\n"}, strings.Repeat(megabyte[:100_000]+"\n", 8), "=" + strings.Repeat(megabyte[:100_000]+"\n", 8), "", 0},
		{"one that no system takes", []string{"-j", "1", "echo"}, "a\n" + megabyte[:140_000] + "\nb\n", "^a\nb\n$", "argument too long: 140000 bytes, the limit for one is 131071", 1},
		{"stop at one that cannot be made", []string{"-j", "1", "--fail-fast", "echo"}, megabyte[:140_000] + "\nb\n", "^$", "--fail-fast", 3},
		{"records", []string{"--json", "echo {}"}, "a\n", `"outcome":"succeeded".*\n$`, "", 0},
		{"a program that is not there", []string{"there-is-no-such-program", "{}"}, "a\nb\n", "^$", `^skein: there-is-no-such-program: command not found\nhint: the command is the same for every input`, 127},
		{"one that may not be executed", []string{"/dev/null", "{}"}, "a\nb\n", "^$", `^skein: /dev/null: permission denied\nhint: the command is the same for every input`, 126},
		{"one that is not tried again", []string{"-j", "1", "--json", "--attempts", "3", "--backoff", "0.01", "--retry-on", "126,127", "there-is-no-such-program", "{}"}, "a\n", `^[^\n]*"attempt":1,"outcome":"failed","cause":"there-is-no-such-program: command not found"[^\n]*\n$`, "not found", 127},
		{"one of several that is not there", []string{"-k", "{}", "x"}, "echo\nthere-is-no-such-program\necho\n", "^x\nx\n$", `(?s)there-is-no-such-program: command not found.*3 tasks: 2 succeeded, 1 failed`, 1},
		{"what a shell does not find", []string{"-j", "1", "--attempts", "2", "--backoff", "0.01", "--retry-on", "127", "echo x >>DIR/{}; there-is-no-such-program {}; exit $?"}, "a\n", "^$", `(?s)not found.*exit status 127`, 1},
		{"a directory that is not there", []string{"--chdir", "/there-is-no-such-directory", "echo", "{}"}, "a\n", "^$", `--chdir /there-is-no-such-directory|directory /there-is-no-such-directory`, -1},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := []string{"run"}
			args = append(args, at.flags...)
			for _, a := range row.args {
				args = append(args, strings.ReplaceAll(a, "DIR", dir))
			}
			got := do(t, bin, dir, row.stdin, args...)
			if want, literal := strings.CutPrefix(row.stdout, "="); literal && got.stdout != want || !literal && !regexp.MustCompile(row.stdout).MatchString(got.stdout) {
				t.Errorf("stdout of %d bytes: %.300q", len(got.stdout), got.stdout)
			}
			if row.stderr == "" && got.stderr != "" || !regexp.MustCompile(row.stderr).MatchString(got.stderr) {
				t.Errorf("stderr: %s", got.stderr)
			}
			if got.status != row.status && row.status >= 0 || row.status < 0 && got.status == 0 {
				t.Errorf("status %d, want %d", got.status, row.status)
			}
		})
	}
	t.Run("ended by a signal, and gone on with", func(t *testing.T) { interrupted(t, bin, at, syscall.SIGINT) })
	t.Run("killed while it tries again, and gone on with", func(t *testing.T) { triedAgain(t, bin, at) })
	t.Run("killed, and gone on with", func(t *testing.T) { interrupted(t, bin, at, syscall.SIGKILL) })
	t.Run("what is left behind", func(t *testing.T) { leavesBehind(t, bin, at) })
}

// leavesBehind has tasks leave processes behind, in their group and in sessions of
// their own: each is ended, and told with its task, however the task ended, unless
// it is to live on.
func leavesBehind(t *testing.T, bin string, at where) {
	// What it starts is looked at only once it has become sleep.
	const leave = `%s sleep 1000 >/dev/null 2>&1 & echo $! >DIR/pid; until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done; exit {}`
	// That waits for nothing, ignores SIGTERM and has its own child.
	const stubborn = `setsid sh -c 'trap "" TERM; sleep 1000 & echo $$ $! >DIR/pid; wait; sleep 1000' >/dev/null 2>&1 & until [ -s DIR/pid ]; do :; done; exit {}`
	for _, row := range []struct {
		what  string
		flags []string
		line  string
		in    string // the exit status
		told  string // a pattern; "": nothing
		lives bool
	}{
		{"in its group", nil, fmt.Sprintf(leave, ""), "0", `ended 1 process that tasks had left behind \(task 1: sleep\)`, false},
		{"in a session of its own", nil, fmt.Sprintf(leave, "setsid"), "0", `ended 1 process that tasks had left behind \(task 1: sleep\)`, false},
		{"of a task that failed", nil, fmt.Sprintf(leave, "setsid"), "3", `ended 1 process that tasks had left behind \(task 1: sleep\)`, false},
		{"of one that took too long", []string{"--timeout", "1"}, strings.Replace(fmt.Sprintf(leave, "setsid"), "exit", "sleep 60; exit", 1), "0", `timed-out`, false},
		{"that does not want to end", nil, stubborn, "0", `ended 2 processes that tasks had left behind \(task 1: (sh|sleep), (sh|sleep)\)`, false},
		{"that may live on", []string{"--allow-background"}, fmt.Sprintf(leave, "setsid"), "0", "", true},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := append([]string{"run"}, at.flags...)
			args = append(append(args, row.flags...), strings.ReplaceAll(row.line, "DIR", dir), ":::", row.in)
			got := do(t, bin, dir, "", args...)
			wantStatus := 0
			if row.in != "0" || row.flags != nil && row.flags[0] == "--timeout" {
				wantStatus = 1
			}
			if got.status != wantStatus {
				t.Errorf("status %d, want %d", got.status, wantStatus)
			}
			if row.told == "" && got.stderr != "" || !regexp.MustCompile(row.told).MatchString(got.stderr) {
				t.Errorf("stderr: %s", got.stderr)
			}
			b, err := os.ReadFile(filepath.Join(dir, "pid"))
			if err != nil {
				t.Fatal(err)
			}
			for pid := range strings.FieldsSeq(string(b)) {
				id, err := strconv.Atoi(pid)
				if err != nil {
					t.Fatal(err)
				}
				if alive(id) != row.lives {
					t.Errorf("process %d lives: %t", id, !row.lives)
				}
				if row.lives {
					syscall.Kill(id, syscall.SIGKILL)
				}
			}
		})
	}
}

// alive reports whether a process is there, and has not ended.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

// interrupted ends a run while it goes on, and resumes it: each task has been
// executed, and its output comes from one of the two. Killed, the tasks that ran
// may have run twice here, and not on a cluster.
func interrupted(t *testing.T, bin string, at where, end syscall.Signal) {
	const tasks = 40
	dir := t.TempDir()
	args := append([]string{"run"}, at.flags...)
	args = append(args, "-j", "4", "echo {} >>"+dir+"/ran; sleep 0.1; echo {}")
	cmd := command(bin, dir, args...)
	var in strings.Builder
	for i := range tasks {
		fmt.Fprintln(&in, i+1)
	}
	cmd.Stdin = strings.NewReader(in.String())
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "some to have run", func() bool {
		b, _ := os.ReadFile(filepath.Join(dir, "ran"))
		return bytes.Count(b, []byte("\n")) >= 10
	})
	cmd.Process.Signal(end)
	cmd.Wait()
	again := do(t, bin, dir, "", "resume", "--unwritten")
	if again.status != 0 {
		t.Errorf("resume: status %d: %s", again.status, again.stderr)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "ran")); at.flags != nil && (err != nil || bytes.Count(b, []byte("\n")) != tasks) && end == syscall.SIGKILL {
		t.Errorf("%d executions of %d tasks, %v", bytes.Count(b, []byte("\n")), tasks, err)
	}
	seen := map[string]int{}
	for line := range strings.FieldsSeq(out.String() + again.stdout) {
		seen[line]++
	}
	for i := range tasks {
		if n := seen[strconv.Itoa(i+1)]; n < 1 || n > 1 && end == syscall.SIGINT {
			t.Errorf("the output of task %d came %d times", i+1, n)
		}
	}
}

// triedAgain kills a run while a task that always fails runs for the first time:
// it is tried as often as it was to be, the attempts before included. Here the
// attempt that was killed counts for none.
func triedAgain(t *testing.T, bin string, at where) {
	dir := t.TempDir()
	args := append([]string{"run"}, at.flags...)
	args = append(args, "--attempts", "2", "--backoff", "0.01", "echo x >>"+dir+"/ran; sleep 0.5; false {}", ":::", "a")
	cmd := command(bin, dir, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	executions := func() int {
		b, _ := os.ReadFile(filepath.Join(dir, "ran"))
		return bytes.Count(b, []byte("\n"))
	}
	await(t, "it to run", func() bool { return executions() == 1 })
	cmd.Process.Kill()
	cmd.Wait()
	again := do(t, bin, dir, "", "resume")
	want := 2
	if at.flags == nil {
		want = 3
	}
	if n := executions(); n != want || again.status != 1 {
		t.Errorf("%d executions, status %d: %s", n, again.status, again.stderr)
	}
}

// TestWhatIsWrongIsTold has nobody run the tasks, and then stops that.
func TestWhatIsWrongIsTold(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	launch(t, bin, "serving at", "serve", "--listen", "127.0.0.1:0", "--dir", dir)
	cmd := command(bin, t.TempDir(), "run", "--on", filepath.Join(dir, "owner.key"), "echo", ":::", "a", "b")
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	says := func(text string) {
		await(t, "it to say "+text, func() bool {
			b, _ := os.ReadFile(log.Name())
			return bytes.Contains(b, []byte(text))
		})
	}
	says("no worker is there that runs commands")
	cmd.Process.Signal(syscall.SIGINT)
	says("interrupted")
	cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 130 {
		t.Errorf("status %d", status)
	}
	says("2 cancelled")
}

// TestAProgramThatAWorkerHasRun is one that is gone after its first run, as if the
// next worker had none: that is the task's misfortune, and stops nothing.
func TestAProgramThatAWorkerHasRun(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	launch(t, bin, "serving at", "serve", "--listen", "127.0.0.1:0", "--dir", dir, "--workers", "1", "--allow-commands", "any")
	once := filepath.Join(dir, "once")
	if err := os.WriteFile(once, []byte("#!/bin/sh\nrm $0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	got := do(t, bin, t.TempDir(), "", "run", "--on", filepath.Join(dir, "owner.key"), "-j", "1", once, ":::", "a", "b", "c")
	if got.status != 1 || !strings.Contains(got.stderr, "3 tasks: 1 succeeded, 2 failed") || strings.Contains(got.stderr, "hint") {
		t.Errorf("status %d: %s", got.status, got.stderr)
	}
	// It has run as well if it failed, and is tried again.
	if err := os.WriteFile(once, []byte("#!/bin/sh\nrm $0\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	got = do(t, bin, t.TempDir(), "", "run", "--on", filepath.Join(dir, "owner.key"), "-j", "1", "--attempts", "2", "--backoff", "0.01", once, ":::", "a", "b")
	if got.status != 1 || !strings.Contains(got.stderr, "2 tasks: 2 failed") || strings.Contains(got.stderr, "hint") {
		t.Errorf("status %d: %s", got.status, got.stderr)
	}
}

// TestAServerThatIsGoneHoldsNobody has a run end by a signal while no server is
// there that could cancel it.
func TestAServerThatIsGoneHoldsNobody(t *testing.T) {
	t.Parallel()
	bin, dir := build(t), t.TempDir()
	server := command(bin, dir, "serve", "--listen", "127.0.0.1:0", "--dir", dir)
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cmd := command(bin, t.TempDir(), "run", "--on", filepath.Join(dir, "owner.key"), "echo", ":::", "a")
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		b, _ := os.ReadFile(log.Name())
		return string(b)
	}
	await(t, "it to say that there is no worker", func() bool { return strings.Contains(said(), "no worker is there") })
	server.Process.Kill()
	await(t, "it to say that there is no connection", func() bool { return strings.Contains(said(), "no connection") })
	cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 4 || !strings.Contains(said(), "skein resume has its ends") || !strings.Contains(said(), "1 cancelled") {
		t.Errorf("status %d: %s", status, said())
	}
}

// TestWhatIsTooLargeForACluster is told, with what to do about it, and the rest runs.
func TestWhatIsTooLargeForACluster(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	launch(t, bin, "serving at", "serve", "--listen", "127.0.0.1:0", "--dir", dir, "--workers", "1", "--allow-commands", "any")
	long := strings.Repeat("x", 300_000)
	for what, row := range map[string]struct {
		args   []string
		stdin  string
		stdout string
		status int
	}{
		"a record":                   {[]string{"--pipe", "-k", "wc", "-c"}, "a\n" + long + "\nb\n", "2\n2\n", 1},
		"a record, stopping":         {[]string{"--pipe", "-j", "1", "--fail-fast", "wc", "-c"}, long + "\nb\n", "", 3},
		"an argument":                {[]string{"-k", "echo"}, "a\n" + long + "\nb\n", "a\nb\n", 1},
		"a block and a long command": {[]string{"--pipe", "--block", "180k", "true", strings.Repeat("y", 30_000)}, strings.Repeat(long[:100]+"\n", 5000), "", 1},
		"one of many":                {[]string{"-X", "-k", "echo"}, "a\n" + long + "\nb\n", "a\nb\n", 1},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"run", "--on", filepath.Join(dir, "owner.key")}, row.args...)
			got := do(t, bin, t.TempDir(), row.stdin, args...)
			if got.status != row.status || got.stdout != row.stdout || !strings.Contains(got.stderr, "too large for a cluster") ||
				!strings.Contains(got.stderr, "put what is large where workers can read it") {
				t.Errorf("status %d, %q: %s", got.status, got.stdout, got.stderr)
			}
		})
	}
}

// build makes the programs.
func build(t *testing.T) (bin string) {
	t.Helper()
	bin = t.TempDir()
	cmd := exec.Command("go", "build", "-o", bin, "example.com/skein/cmd/skein", "example.com/skein/cmd/skein-cluster")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return bin
}

func command(bin, dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(bin, "skein"), args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "XDG_STATE_HOME="+dir+"/.state", "XDG_RUNTIME_DIR="+dir+"/.live", "TMPDIR="+dir)
	return cmd
}

func do(t *testing.T, bin, dir, stdin string, args ...string) (r ran) {
	t.Helper()
	cmd := command(bin, dir, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	failed := cmd.Run()
	var exit *exec.ExitError
	if failed != nil && !errors.As(failed, &exit) {
		t.Fatal(failed)
	}
	return ran{out.String(), err.String(), cmd.ProcessState.ExitCode()}
}

// launch starts something that goes on until the test ends.
func launch(t *testing.T, bin, says string, args ...string) {
	t.Helper()
	cmd := command(bin, t.TempDir(), args...)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			b, _ := os.ReadFile(log.Name())
			t.Logf("%s", b)
		}
	})
	await(t, "it to say "+says, func() bool {
		b, _ := os.ReadFile(log.Name())
		return bytes.Contains(b, []byte(says))
	})
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for late := time.Now().Add(time.Minute); !done(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("waited in vain for", what)
		}
	}
}
