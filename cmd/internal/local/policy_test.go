package local

import (
	"testing"
	"time"

	"example.com/skein/cmd/internal/task"
)

func TestJudge(t *testing.T) {
	tests := []struct {
		name   string
		policy Policy
		ends   string // a letter each: succeeded, failed, timed out, killed, cancelled
		stops  int    // at which; 0: never
	}{
		{"nothing stops by default", Policy{}, "ffffffffffff", 0},
		{"the first failure", Policy{FailFast: true}, "ssf", 3},
		{"a time-out is one", Policy{FailFast: true}, "st", 2},
		{"a signal is one", Policy{FailFast: true}, "sk", 2},
		{"to be cancelled is none", Policy{FailFast: true}, "scc", 0},
		{"the second failure", Policy{MaxFailures: 2}, "fssf", 4},
		{"a share, from the tenth on", Policy{MaxPercent: 50}, "fffffffff", 0},
		{"a share that the tenth reaches", Policy{MaxPercent: 50}, "fffffsssss", 10},
		{"a share that is not reached", Policy{MaxPercent: 50}, "ffffssssss", 0},
		{"what was cancelled is not counted", Policy{MaxPercent: 100}, "fffffffffc", 0},
		{"the first success", Policy{UntilSuccess: true}, "ffs", 3},
		{"no success", Policy{UntilSuccess: true}, "ffc", 0},
	}
	outcomes := map[rune]task.Outcome{'s': task.Succeeded, 'f': task.Failed, 't': task.TimedOut, 'k': task.Killed, 'c': task.Cancelled}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := &judge{Policy: test.policy}
			stops := 0
			for i, end := range test.ends {
				why := g.count(task.Event{Spec: task.Spec{Seq: i + 1}, Outcome: outcomes[end]})
				if why != nil && stops == 0 {
					stops = i + 1
				}
			}
			if stops != test.stops {
				t.Errorf("stops at %d, want %d", stops, test.stops)
			}
		})
	}
}

func TestPace(t *testing.T) {
	p := &pace{every: time.Hour}
	first := p.token()
	for i := range 5 {
		if got := p.token().Sub(first); got != time.Duration(i+1)*time.Hour {
			t.Errorf("token %d comes after %v", i+1, got)
		}
	}
	halted := make(chan struct{})
	close(halted)
	if p.await(halted) {
		t.Error("a token an hour early")
	}
	if free := (&pace{}); !free.await(nil) {
		t.Error("without a pace nobody waits")
	}
}
