package model

import (
	"maps"
	"testing"

	"example.com/skein/cluster/internal/protocol"
)

const histories = 3000

// TestWhateverDies plays histories, and each holds what is promised.
func TestWhateverDies(t *testing.T) {
	sum := Result{Outcomes: map[protocol.Outcome]int{}}
	for seed := range uint64(histories) {
		r := Play(seed, Flaws{})
		for _, e := range r.Errors {
			t.Errorf("seed %d: %s", seed, e)
		}
		sum.Accepted += r.Accepted
		sum.Executions += r.Executions
		sum.Faults += r.Faults
		sum.Late += r.Late
		for o, n := range r.Outcomes {
			sum.Outcomes[o] += n
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%+v", sum)
}

// A model in which nothing can go wrong proves nothing.
func TestEachMistakeShows(t *testing.T) {
	for name, flaws := range map[string]Flaws{
		"take what one batch is rid of for ended":   {GoneForOthers: true},
		"acknowledge the batch first":               {AckFirst: true},
		"let the replaced submit":                   {NoGate: true},
		"count the done log before the task stream": {DoneBeforeTasks: true},
		"read the task stream backwards":            {Backwards: true},
		"run suspects beside each other":            {SuspectsTogether: true},
		"take a full done log for an answer":        {FullIsDone: true},
		"forget what was acknowledged":              {Amnesia: true},
		"believe the type that a message says":      {TypeInMessage: true},
		"count types that nobody has announced":     {TypeUnannounced: true},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(10 * histories) {
				if r := Play(seed, flaws); len(r.Errors) > 0 {
					t.Logf("seed %d: %s", seed, r.Errors[0])
					return
				}
			}
			t.Errorf("%d histories do not show it", 10*histories)
		})
	}
}

func TestASeedIsOneHistory(t *testing.T) {
	for seed := range uint64(50) {
		a, b := Play(seed, Flaws{}), Play(seed, Flaws{})
		if a.Executions != b.Executions || !maps.Equal(a.Outcomes, b.Outcomes) {
			t.Errorf("seed %d: %+v, then %+v", seed, a, b)
		}
	}
}
