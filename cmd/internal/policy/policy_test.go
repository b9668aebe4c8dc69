package policy_test

import (
	"testing"

	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/task"
)

func TestJudge(t *testing.T) {
	tests := []struct {
		name   string
		policy policy.Policy
		ends   string // a letter each: succeeded, failed, timed out, killed, cancelled
		stops  int    // at which; 0: never
	}{
		{"nothing stops by default", policy.Policy{}, "ffffffffffff", 0},
		{"the first failure", policy.Policy{FailFast: true}, "ssf", 3},
		{"a time-out is one", policy.Policy{FailFast: true}, "st", 2},
		{"a signal is one", policy.Policy{FailFast: true}, "sk", 2},
		{"to be cancelled is none", policy.Policy{FailFast: true}, "scc", 0},
		{"the second failure", policy.Policy{MaxFailures: 2}, "fssf", 4},
		{"a share, from the tenth on", policy.Policy{MaxPercent: 50}, "fffffffff", 0},
		{"a share that the tenth reaches", policy.Policy{MaxPercent: 50}, "fffffsssss", 10},
		{"a share that is not reached", policy.Policy{MaxPercent: 50}, "ffffssssss", 0},
		{"what was cancelled is not counted", policy.Policy{MaxPercent: 100}, "fffffffffc", 0},
		{"the first success", policy.Policy{UntilSuccess: true}, "ffs", 3},
		{"no success", policy.Policy{UntilSuccess: true}, "ffc", 0},
	}
	outcomes := map[rune]task.Outcome{'s': task.Succeeded, 'f': task.Failed, 't': task.TimedOut, 'k': task.Killed, 'c': task.Cancelled}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := &policy.Judge{Policy: test.policy}
			stops := 0
			for i, end := range test.ends {
				why := g.Count(task.Event{Spec: task.Spec{Seq: i + 1}, Outcome: outcomes[end]})
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
