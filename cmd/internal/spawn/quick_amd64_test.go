//go:build linux && !skein_portable

package spawn

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	ways["Start, aside"] = func(path string, argv []string, o *Options) (int, error) {
		slowUntil.Store(1 << 62)
		defer slowUntil.Store(0)
		return Start(path, argv, *o)
	}
	programs["limit"] = printLimit
	programs["parent"] = parent
}

// What a program can see of how it was started is what it sees after ForkExec.
func TestAProgramSeesNoDifference(t *testing.T) {
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGUSR1)
	defer signal.Stop(heard)
	look := func(way string) string {
		text, status := run(t, way, Options{Env: os.Environ(), Dir: "/"}, "/bin/sh", "-c", `
			read -r pid name state above group session terminal others </proc/self/stat
			test $pid = $group && test $pid = $session && echo leader, terminal $terminal
			cat /proc/self/status | grep -E '^(Sig(Blk|Ign|Cgt)|Umask|Seccomp|Threads|Cap)'
			cat /proc/self/limits
			ls /proc/self/fd
			cat /proc/self/environ
			pwd`)
		if status.ExitStatus() != 0 {
			t.Errorf("%s: %v", way, status)
		}
		return text
	}
	got, want := look("Start"), look("ForkExec")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := look("Start, aside"); got != want {
		t.Errorf("aside: got\n%s\nwant\n%s", got, want)
	}
	for _, line := range []string{"leader, terminal 0\n", "SigCgt:\t0000000000000000\n"} {
		if !strings.Contains(got, line) {
			t.Errorf("lacks %q:\n%s", line, got)
		}
	}
	_, ignored, _ := strings.Cut(got, "SigIgn:\t")
	if bits, err := strconv.ParseUint(ignored[:min(16, len(ignored))], 16, 64); err != nil || bits&1 == 0 {
		t.Errorf("SIGHUP is not ignored: %v\n%s", err, got)
	}
}

func TestAStartLeavesTheThreadAsItWas(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, nil, &before); err != nil {
		t.Fatal(err)
	}
	run(t, "Start", Options{}, "/bin/true")
	o := Options{Files: [3]int{0, 1, 2}}
	if _, err := Start("/missing", nil, o); err != syscall.ENOENT {
		t.Error(err)
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, nil, &after); err != nil {
		t.Fatal(err)
	}
	if before != after {
		t.Errorf("blocked signals: %v, before %v", after, before)
	}
}

// Starts at the same time do not mix their words up, whatever signals come and
// however often the collector looks, and no program inherits what another needs.
func TestManyStartsAtTheSameTime(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGUSR1)
	defer signal.Stop(heard)
	const list = `for fd in /proc/$$/fd/*; do echo ${fd##*/}; done`
	want, _ := run(t, "ForkExec", Options{}, "/bin/sh", "-c", list)
	over := make(chan struct{})
	var storm, starters sync.WaitGroup
	storm.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-heard:
			default:
				syscall.Kill(os.Getpid(), syscall.SIGUSR1)
				runtime.GC()
			}
		}
	})
	for n := range 8 {
		way := []string{"Start", "Start, aside"}[n%2]
		starters.Go(func() {
			for i := range 50 {
				mine := fmt.Sprintf("%d.%d %s", n, i, strings.Repeat("x", i*200))
				text, status := run(t, way, Options{Env: []string{"MINE=" + mine}},
					"/bin/sh", "-c", `test "$MINE" = "$1" && `+list, "sh", mine)
				if status.ExitStatus() != 0 || text != want {
					t.Errorf("%d, %d: ended with %v, descriptors %q, want %q", n, i, status, text, want)
				}
			}
		})
	}
	starters.Wait()
	close(over)
	storm.Wait()
}

func TestAProgramHasTheLimitOfFilesThatWeWereStartedWith(t *testing.T) {
	for set, want := range map[string]string{"": "500\n", "400": "400\n"} {
		cmd := exec.Command("/bin/sh", "-c", `ulimit -S -n 500; exec "$0"`, os.Args[0])
		cmd.Env = append(os.Environ(), "SPAWN_TEST=limit "+set)
		text, err := cmd.CombinedOutput()
		if err != nil || string(text) != want {
			t.Errorf("set to %q: %v, %s; want %s", set, err, text, want)
		}
	}
}

// printLimit sets the limit of files, if one is given, and starts a program that
// prints the one that it has.
func printLimit(set string) int {
	if n, err := strconv.ParseUint(set, 10, 64); err == nil {
		var limit syscall.Rlimit
		syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
		limit.Cur = n
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	o := Options{Files: [3]int{0, 1, 2}}
	pid, err := Start("/bin/sh", []string{"sh", "-c", "ulimit -S -n"}, o)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	syscall.Wait4(pid, nil, 0, nil)
	return 0
}

func TestAProgramEndsWithWhoHasStartedIt(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SPAWN_TEST=parent")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	child, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child)
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(child), Events: unix.POLLIN}}, 10_000); n != 1 {
		t.Errorf("it lives on: %v", err)
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

// parent starts a program that takes long, tells its number, and ends when it is
// told to.
func parent(string) int {
	o := Options{Files: [3]int{0, 1, 2}}
	pid, err := Start("/bin/sleep", []string{"sleep", "1000"}, o)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(pid)
	io.Copy(io.Discard, os.Stdin)
	return 0
}

func TestStartsAreMadeAsideAfterOneThatTookLong(t *testing.T) {
	defer slowUntil.Store(0)
	defer func(d time.Duration) { slowLoad = d }(slowLoad)
	slowLoad = time.Hour
	run(t, "Start", Options{}, "/bin/true")
	if n := slowUntil.Load(); n != 0 {
		t.Errorf("aside until %d after a quick one", n)
	}
	slowLoad = 0
	run(t, "Start", Options{}, "/bin/true")
	if left := time.Duration(slowUntil.Load()) - time.Since(epoch); IsQuick() && (left <= 0 || left > slowFor) {
		t.Errorf("aside for %v after a slow one, want up to %v", left, slowFor)
	}
}

// Where there is no clone3, or it is forbidden, ForkExec does it.
func TestWithoutClone3(t *testing.T) {
	defer can.Store(can.Swap(false))
	if text, _ := run(t, "Start", Options{}, "/bin/echo", "here"); text != "here\n" {
		t.Errorf("got %q", text)
	}
}
