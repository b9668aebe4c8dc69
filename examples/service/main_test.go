package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/skein/insight"
)

// TestMain lets the test binary be the service, when a test starts it as such.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_SERVICE") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// It starts the program as a person does, so it takes some seconds of real time.
func TestService(t *testing.T) {
	t.Run("the page names the stuck worker first, and ctrl-C ends the service", func(t *testing.T) {
		cmd := exec.Command(os.Args[0], "-stuck=500ms")
		cmd.Env = append(os.Environ(), "BE_THE_SERVICE=1")
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = cmd.Process.Kill() }()
		lines := bufio.NewReader(out)
		line, err := lines.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "http://127.0.0.1:") {
			t.Fatalf("got %q, %v, want its address", line, err)
		}
		address := strings.TrimSpace(line)
		awaitStuck(t, address)
		wantStack(t, address)

		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := io.Copy(io.Discard, lines); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // its status says how it ended
		if got := cmd.ProcessState.ExitCode(); got != 130 {
			t.Errorf("exit status %d, want 130", got)
		}
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("it took %v to end: a worker was not stopped", took)
		}
	})
}

// awaitStuck waits until the page says that worker weekly is stuck. Idle ones
// that are older stand below it.
func awaitStuck(t *testing.T, address string) {
	t.Helper()
	var s insight.State
	for deadline := time.Now().Add(30 * time.Second); ; {
		ask(t, address+"?format=json", &s)
		if len(s.Stuck) > 1 && s.Stuck[0].Name == "weekly" && s.Stuck[0].Guess == insight.Blocked {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("weekly is not found: %v", s.Stuck)
		}
		time.Sleep(100 * time.Millisecond) // the service lives in real time
	}
	if first := s.Stuck[0]; first.State != "chan send" || !strings.HasPrefix(first.At, "example.com/skein/examples/service.weekly ") && !strings.HasPrefix(first.At, "main.weekly ") {
		t.Errorf("it is in %s at %s", first.State, first.At)
	}
}

func wantStack(t *testing.T, address string) {
	t.Helper()
	var s insight.State
	ask(t, address+"?format=json", &s)
	id, err := json.Marshal(s.Stuck[0].GroupID)
	if err != nil {
		t.Fatal(err)
	}
	var d insight.Dump
	ask(t, address+"stacks?format=json&worker=1&group="+string(id), &d)
	if len(d.Workers) != 1 || !strings.Contains(d.Workers[0].Stack, ".weekly(") {
		t.Errorf("its stack is %v", d.Workers)
	}
}

func ask(t *testing.T, address string, into any) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}
