package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/skein/cmd/internal/script"
)

// asleep gives the processes that sleep so long.
func asleep(t *testing.T, long string) (pids []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if args := bytes.Split(text, []byte{0}); len(args) > 1 && string(args[1]) == long {
			pid, _ := strconv.Atoi(strings.Split(file, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

// comes polls until something is so: other programs make it so.
func comes(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(script.Patience); !so(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited %v for %s", script.Patience, what)
		}
	}
}

// duration that no other process of this machine sleeps.
func unheardOf() string { return fmt.Sprintf("1000.%09d", rand.IntN(1e9)) }

// started is a running skein.
type started struct {
	*exec.Cmd
	errors bytes.Buffer
}

// startRun starts skein run in a group of its own, as a shell does.
func startRun(t *testing.T, args ...string) *started {
	t.Helper()
	s := &started{Cmd: exec.Command("skein", append([]string{"run"}, args...)...)}
	s.Stderr = &s.errors
	s.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Process.Signal(syscall.SIGCONT)
		s.Process.Kill()
	})
	return s
}

// inner is the process that works; waits for it, if need be.
func (s *started) inner(t *testing.T) (pid int) {
	t.Helper()
	comes(t, "the inner process", func() bool {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.Process.Pid))
		for _, file := range files {
			text, _ := os.ReadFile(file)
			if fields := bytes.Fields(text); len(fields) > 0 {
				pid, _ = strconv.Atoi(string(fields[0]))
			}
		}
		return pid > 1
	})
	return pid
}

// TestEnds tries all ways in which a run can end against all that a task can
// have started.
func TestEnds(t *testing.T) {
	signals := map[string]struct {
		end  func(t *testing.T, s *started)
		exit string
		args []string
	}{
		"ctrl-C, to both processes":       {end: func(t *testing.T, s *started) { syscall.Kill(-s.Process.Pid, syscall.SIGINT) }, exit: "exit status 130"},
		"SIGINT, to the outer one":        {end: func(t *testing.T, s *started) { s.Process.Signal(syscall.SIGINT) }, exit: "exit status 130"},
		"SIGTERM, to the outer one":       {end: func(t *testing.T, s *started) { s.Process.Signal(syscall.SIGTERM) }, exit: "exit status 143"},
		"SIGHUP, to the outer one":        {end: func(t *testing.T, s *started) { s.Process.Signal(syscall.SIGHUP) }, exit: "exit status 129"},
		"SIGTERM, to the inner one":       {end: func(t *testing.T, s *started) { syscall.Kill(s.inner(t), syscall.SIGTERM) }, exit: "exit status 143"},
		"SIGQUIT, to both":                {end: func(t *testing.T, s *started) { syscall.Kill(-s.Process.Pid, syscall.SIGQUIT) }, exit: "exit status 2"},
		"SIGKILL, to the outer one":       {end: func(t *testing.T, s *started) { s.Process.Kill() }, exit: "signal: killed"},
		"SIGKILL, to the inner one":       {end: func(t *testing.T, s *started) { syscall.Kill(s.inner(t), syscall.SIGKILL) }, exit: "exit status 137"},
		"a time-out":                      {end: func(*testing.T, *started) {}, exit: "exit status 1", args: []string{"--timeout", "1"}},
		"a time-out, with background":     {end: func(*testing.T, *started) {}, exit: "exit status 1", args: []string{"--timeout", "1", "--allow-background"}},
		"ctrl-C, with background allowed": {end: func(t *testing.T, s *started) { syscall.Kill(-s.Process.Pid, syscall.SIGINT) }, exit: "exit status 130", args: []string{"--allow-background"}},
		"SIGTERM, without a guard":        {end: func(t *testing.T, s *started) { s.Process.Signal(syscall.SIGTERM) }, exit: "exit status 143", args: []string{"--no-guard"}},
	}
	for name, way := range signals {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			long := unheardOf()
			family := family
			if name == "a time-out, with background" {
				// Whose the last one is nobody can tell when its parent has ended.
				family = strings.Replace(family, "env -i ", "", 1)
			}
			s := startRun(t, append(append([]string{"--grace", "1", "-j", "2"}, way.args...), "--exec", "sh", "-c", fmt.Sprintf(family, long), ":::", "1", "2")...)
			comes(t, "two families", func() bool { return len(asleep(t, long)) == 2*familySize })
			way.end(t, s)
			err := s.Wait()
			if fmt.Sprint(err) != way.exit {
				t.Errorf("%v, want %s; it said %s", err, way.exit, &s.errors)
			}
			comes(t, "the end of all of them", func() bool { return len(asleep(t, long)) == 0 })
		})
	}
}

// TestKilledWhileOutputBlocks kills the outer process while the inner one
// cannot write.
func TestKilledWhileOutputBlocks(t *testing.T) {
	long := unheardOf()
	s := &started{Cmd: exec.Command("skein", "run", "--line", "--exec", "sh", "-c", fmt.Sprintf(strings.Replace(family, "; wait", "; yes", 1), long), ":::", "1")}
	out, err := s.StdoutPipe() // nobody reads it
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Process.Kill()
	comes(t, "the family", func() bool { return len(asleep(t, long)) == familySize })
	s.Process.Kill()
	comes(t, "the end of all of them", func() bool { return len(asleep(t, long)) == 0 })
}

// TestKilledAtAnyMoment kills one of the two processes while tasks come and go.
func TestKilledAtAnyMoment(t *testing.T) {
	for range 20 {
		long := unheardOf()
		line := fmt.Sprintf(brief, long)
		args := []string{"-j", "8", "--exec", "sh", "-c", line, "sh", ":::"}
		for n := range 300 {
			args = append(args, strconv.Itoa(n%10))
		}
		s := startRun(t, args...)
		after, inner := time.Duration(rand.IntN(150))*time.Millisecond, innerAnyMoment && rand.IntN(2) == 0
		<-time.After(after)
		if inner {
			syscall.Kill(s.inner(t), syscall.SIGKILL)
		} else {
			s.Process.Kill()
		}
		s.Wait() // any way of ending is right
		comes(t, fmt.Sprintf("the end of all after %v, inner %v", after, inner), func() bool { return len(asleep(t, long)) == 0 })
	}
}

func stopped(pid int) bool {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return bytes.Contains(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(") T "))
}

// TestStoppedAndContinued stops the run as ctrl-Z does.
func TestStoppedAndContinued(t *testing.T) {
	for name, whom := range map[string]func(t *testing.T, s *started) int{
		"both processes":     func(_ *testing.T, s *started) int { return -s.Process.Pid },
		"the outer one":      func(_ *testing.T, s *started) int { return s.Process.Pid },
		"the inner one only": func(t *testing.T, s *started) int { return s.inner(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			long := unheardOf()
			begin := time.Now()
			s := startRun(t, "--timeout", "2", "--exec", "sh", "-c", fmt.Sprintf(family, long), ":::", "1")
			comes(t, "the family", func() bool { return len(asleep(t, long)) == familySize })
			all := append(asleep(t, long), s.Process.Pid, s.inner(t))
			syscall.Kill(whom(t, s), syscall.SIGTSTP)
			for _, pid := range all {
				comes(t, "process "+strconv.Itoa(pid)+" to be stopped", func() bool { return stopped(pid) })
			}
			<-time.After(2 * time.Second) // which the time-out must not count
			syscall.Kill(s.Process.Pid, syscall.SIGCONT)
			for _, pid := range all {
				comes(t, "process "+strconv.Itoa(pid)+" to go on", func() bool { return !stopped(pid) })
			}
			if err := s.Wait(); fmt.Sprint(err) != "exit status 1" || !strings.Contains(s.errors.String(), "1 timed-out") {
				t.Errorf("%v: %s", err, &s.errors)
			}
			if took := time.Since(begin); took < 3900*time.Millisecond {
				t.Errorf("it timed out after %v, of which it was stopped for two seconds", took)
			}
			comes(t, "the end of all of them", func() bool { return len(asleep(t, long)) == 0 })
		})
	}
}

// TestKilledWhileStopped kills the outer process of a run that is stopped.
func TestKilledWhileStopped(t *testing.T) {
	long := unheardOf()
	s := startRun(t, "--exec", "sh", "-c", fmt.Sprintf(family, long), ":::", "1")
	comes(t, "the family", func() bool { return len(asleep(t, long)) == familySize })
	syscall.Kill(-s.Process.Pid, syscall.SIGTSTP)
	comes(t, "the run to be stopped", func() bool { return stopped(s.Process.Pid) })
	s.Process.Kill()
	comes(t, "the end of all of them", func() bool { return len(asleep(t, long)) == 0 })
}
