// Package script has what script tests of the command have in common: programs
// in the background, waiting for what they do, signals. Only tests import it.
package script

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// Commands are what our scripts have beside the usual ones:
//
//	status N PROGRAM [ARG...]    run it; its exit status must be N (or a signal's name: killed)
//	start NAME PROGRAM [ARG...]  start it in the background, output to NAME.stdout and NAME.stderr
//	waitfor NAME PATTERN         until it has written PATTERN; NAME may be a file too
//	signal NAME SIGNAL           INT, TERM, HUP, KILL, TSTP, CONT; NAME may be a file with process ids
//	ends NAME N                  wait for it; its exit status must be N; then stdout and stderr are its
//	gone FILE                    until none of the processes whose ids are in FILE exists
//	alive FILE                   all of them do
//	bytes FILE TEXT              write a file; TEXT has Go's escapes, as \n and \x00
//	disk DIR SIZE                make a disk of that size there; for root on Linux
//	fill FILE [LEFT]             write it until there is no room any more, or LEFT MiB
var Commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"status":  status,
	"start":   start,
	"waitfor": waitfor,
	"signal":  sendSignal,
	"ends":    ends,
	"gone":    gone,
	"alive":   alive,
	"bytes":   writeBytes,
	"disk":    makeDisk,
	"fill":    fill,
}

// Condition knows [root], of scripts that make a disk.
func Condition(what string) (bool, error) {
	if what == "root" {
		return runtime.GOOS == "linux" && os.Geteuid() == 0, nil
	}
	return false, errors.New("unknown condition")
}

// Patience is how long a script waits for what must come.
const Patience = 60 * time.Second

// SetUp keeps what the user of this machine has set out of the scripts.
func SetUp(env *testscript.Env) error {
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

type backgroundKey struct{}

// background is a program that start has started.
type background struct {
	cmd  *exec.Cmd
	done chan struct{}
}

func backgrounds(ts *testscript.TestScript) map[string]*background {
	return ts.Value(backgroundKey{}).(map[string]*background)
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 2, "status N PROGRAM [ARG...]")
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case err == nil && args[0] != "0":
		ts.Fatalf("exit status 0, want %s", args[0])
	case errors.As(err, &exit):
		check(ts, exit.ProcessState, args[0])
	case err != nil:
		ts.Fatalf("%v", err)
	}
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 2, "start NAME PROGRAM [ARG...]")
	path := ts.Getenv("PATH")
	cmd := exec.Command(look(ts, path, args[1]), args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LC_ALL", "WORK", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	if key := ts.Getenv("SKEIN_JOIN"); key != "" {
		cmd.Env = append(cmd.Env, "SKEIN_JOIN="+key)
	}
	cmd.Stdout = create(ts, args[0]+".stdout")
	cmd.Stderr = create(ts, args[0]+".stderr")
	ts.Check(cmd.Start())
	b := &background{cmd, make(chan struct{})}
	backgrounds(ts)[args[0]] = b
	go func() {
		cmd.Wait() // its error is in ProcessState
		close(b.done)
	}()
	ts.Defer(func() {
		cmd.Process.Kill() // does nothing if it has ended
		<-b.done
	})
}

// look finds a program in the PATH of the script, not of the test.
func look(ts *testscript.TestScript, path, name string) string {
	if strings.Contains(name, "/") {
		return ts.MkAbs(name)
	}
	for dir := range strings.SplitSeq(path, ":") {
		if info, err := os.Stat(dir + "/" + name); err == nil && info.Mode()&0o111 != 0 && !info.IsDir() {
			return dir + "/" + name
		}
	}
	ts.Fatalf("no program %s", name)
	return ""
}

func create(ts *testscript.TestScript, name string) *os.File {
	f, err := os.Create(ts.MkAbs(name))
	ts.Check(err)
	ts.Defer(func() { f.Close() })
	return f
}

func waitfor(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "waitfor NAME PATTERN")
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	files := []string{args[0]}
	b := backgrounds(ts)[args[0]]
	if b != nil {
		files = []string{args[0] + ".stdout", args[0] + ".stderr"}
	}
	until(ts, strings.Join(args, " "), func() bool {
		ended := b != nil && isClosed(b.done) // before reading: the last words count
		for _, f := range files {
			if text, err := os.ReadFile(ts.MkAbs(f)); err == nil && pattern.Match(text) {
				return true
			}
		}
		if ended {
			ts.Fatalf("%s ended (%v) without %s", args[0], b.cmd.ProcessState, args[1])
		}
		return false
	})
}

func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "signal NAME SIGNAL")
	signals := map[string]syscall.Signal{
		"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL,
		"TSTP": syscall.SIGTSTP, "CONT": syscall.SIGCONT, "USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2,
	}
	s, ok := signals[args[1]]
	if !ok {
		ts.Fatalf("unknown signal %s", args[1])
	}
	if b := backgrounds(ts)[args[0]]; b != nil {
		ts.Check(b.cmd.Process.Signal(s))
		return
	}
	for _, pid := range pids(ts, args[0]) {
		ts.Check(syscall.Kill(pid, s))
	}
}

func ends(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "ends NAME N")
	b := backgrounds(ts)[args[0]]
	if b == nil {
		ts.Fatalf("nothing was started as %s", args[0])
	}
	select {
	case <-b.done:
	case <-time.After(Patience):
		ts.Fatalf("%s has not ended after %v", args[0], Patience)
	}
	stdout, stderr := ts.ReadFile(args[0]+".stdout"), ts.ReadFile(args[0]+".stderr")
	ts.Stdout().Write([]byte(stdout))
	ts.Stderr().Write([]byte(stderr))
	check(ts, b.cmd.ProcessState, args[1])
}

// check compares how a process ended with what a script wants.
func check(ts *testscript.TestScript, state *os.ProcessState, want string) {
	got := strconv.Itoa(state.ExitCode())
	if w := state.Sys().(syscall.WaitStatus); w.Signaled() {
		got = w.Signal().String()
	}
	if got != want {
		ts.Fatalf("exit status %s, want %s", got, want)
	}
}

func gone(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "gone FILE")
	for _, pid := range pids(ts, args[0]) {
		until(ts, "process "+strconv.Itoa(pid)+" to be gone", func() bool { return !exists(pid) })
	}
}

func alive(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "alive FILE")
	for _, pid := range pids(ts, args[0]) {
		if !exists(pid) {
			ts.Fatalf("process %d is gone", pid)
		}
	}
}

func writeBytes(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "bytes FILE 'TEXT WITH\\nESCAPES'")
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

func makeDisk(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "disk DIR SIZE")
	dir := ts.MkAbs(args[0])
	ts.Check(os.Mkdir(dir, 0o700))
	ts.Check(ts.Exec("mount", "-t", "tmpfs", "-o", "size="+args[1], "tmpfs", dir))
	ts.Defer(func() {
		if err := exec.Command("umount", dir).Run(); err != nil {
			ts.Logf("umount %s: %v", dir, err)
		}
	})
}

func fill(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1 || len(args) == 2, "fill FILE [LEFT]")
	left := 0
	if len(args) == 2 {
		var err error
		left, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	var size int64
	for block := make([]byte, 4<<10); err == nil; {
		var n int
		n, err = f.Write(block)
		size += int64(n)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		ts.Check(err)
	}
	ts.Check(f.Truncate(size - int64(left)<<20))
}

// pids reads process ids, separated by blanks or newlines.
func pids(ts *testscript.TestScript, file string) (ids []int) {
	for field := range strings.FieldsSeq(ts.ReadFile(file)) {
		id, err := strconv.Atoi(field)
		ts.Check(err)
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		ts.Fatalf("no process id in %s", file)
	}
	return ids
}

// exists says whether a process is there; a zombie that only waits to be
// reaped is not.
func exists(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return !os.IsNotExist(err) && !errors.Is(err, syscall.ESRCH)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

// until polls: what it waits for is done by programs that cannot tell us.
func until(ts *testscript.TestScript, what string, done func() bool) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(Patience)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("waited %v for %s", Patience, what)
		}
	}
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func need(ts *testscript.TestScript, neg, ok bool, usage string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", usage)
	}
}
