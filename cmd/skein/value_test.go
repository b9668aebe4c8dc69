package main

import (
	"runtime"
	"testing"
	"time"

	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/task"
)

func TestJobs(t *testing.T) {
	cpus := runtime.GOMAXPROCS(0)
	for text, want := range map[string]int{
		"1": 1, "0": 0, "100%": cpus, "300%": 3 * cpus, "1%": 1, "+0": cpus, "+3": cpus + 3, "1000000": 1_000_000,
	} {
		var j jobs
		if err := j.Set(text); err != nil || int(j) != want {
			t.Errorf("%s: %d, %v, want %d", text, j, err, want)
		}
	}
	for _, text := range []string{"", "+", "%", "-1", "-50%", "+-1", "++1", "+5%", "5+", "0%", "1.5", "1000001", "99999999999999999999"} {
		if err := new(jobs).Set(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestRate(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"10/s": 100 * time.Millisecond, "30/m": 2 * time.Second, "2/h": 30 * time.Minute, "0.5/s": 2 * time.Second,
	} {
		var r rate
		if err := r.Set(text); err != nil || time.Duration(r) != want {
			t.Errorf("%s: %v, %v, want %v", text, time.Duration(r), err, want)
		}
	}
}

func TestEndings(t *testing.T) {
	tests := []struct {
		text string
		ev   task.Event
		want bool
	}{
		{"75", task.Event{Outcome: task.Failed, ExitStatus: 75}, true},
		{"75", task.Event{Outcome: task.Failed, ExitStatus: 1}, false},
		{"1,75", task.Event{Outcome: task.Failed, ExitStatus: 75}, true},
		{"SIGKILL", task.Event{Outcome: task.Killed, ExitStatus: -1, Signal: 9}, true},
		{"kill", task.Event{Outcome: task.Killed, ExitStatus: -1, Signal: 9}, true},
		{"SIGKILL", task.Event{Outcome: task.TimedOut, ExitStatus: -1, Signal: 9}, false},
		{"timeout", task.Event{Outcome: task.TimedOut, ExitStatus: -1, Signal: 15}, true},
		{"SIGTERM, timeout", task.Event{Outcome: task.Killed, ExitStatus: -1, Signal: 15}, true},
	}
	for _, test := range tests {
		var e endings
		if err := e.Set(test.text); err != nil {
			t.Errorf("%s: %v", test.text, err)
		} else if e.has(test.ev) != test.want {
			t.Errorf("%s, %s, exit status %d, signal %d: %v", test.text, test.ev.Outcome, test.ev.ExitStatus, test.ev.Signal, !test.want)
		}
	}
}

// FuzzValues: what is taken makes sense, and nothing panics.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"10/s", "50%", "+2", "75,SIGKILL,timeout", "", "/", "%", "NaN/s", "1e-300/h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var j jobs
		if j.Set(s) == nil && (j < 0 || j > 2*mostJobs) {
			t.Errorf("-j %q is %d", s, j)
		}
		var r rate
		if r.Set(s) == nil && r < 1 {
			t.Errorf("--rate %q is %d", s, r)
		}
		var p failures
		if p.Set(s) == nil && policy.Policy(p) == (policy.Policy{}) {
			t.Errorf("--max-failures %q is none", s)
		}
		var e endings
		if e.Set(s) == nil && len(e.statuses)+len(e.signals) == 0 && !e.timeout {
			t.Errorf("--retry-on %q is none", s)
		}
	})
}
