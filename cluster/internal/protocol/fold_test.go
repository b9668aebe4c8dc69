package protocol_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	. "example.com/skein/cluster/internal/protocol"
)

func id(submitter, n int) ID { return ID{Submitter: submitter, N: n} }

func TestTheFirstRecordThatEndsATaskIsItsOutcome(t *testing.T) {
	var f Fold
	for _, step := range []struct {
		r    Record
		news bool
	}{
		{Record{id(1, 1), 1, Retried}, false},
		{Record{id(1, 1), 2, Failed}, true},
		{Record{id(1, 1), 1, Succeeded}, false},
		{Record{id(1, 1), 2, Failed}, false},
		{Record{id(2, 1), 1, Succeeded}, true},
	} {
		if news := f.Take(step.r); news != step.news {
			t.Errorf("%v is an outcome: %t", step.r, news)
		}
	}
	if f.Ended() != 2 || f.Late != 2 {
		t.Errorf("%d ended, %d late", f.Ended(), f.Late)
	}
}

func TestWhatWasNeverAcceptedIsNoOutcome(t *testing.T) {
	var f Fold
	f.Take(Record{id(1, 3), 1, Succeeded})
	f.Seal(map[int]int{1: 2, 2: 0})
	f.Take(Record{id(2, 1), 1, Succeeded})
	f.Take(Record{id(3, 1), 1, Succeeded})
	f.Take(Record{id(1, 2), 1, Succeeded})
	if f.Stray != 3 || f.Done() || !slices.Equal(f.Missing(), []ID{id(1, 1)}) {
		t.Errorf("%d stray, missing %v, done %t", f.Stray, f.Missing(), f.Done())
	}
	f.Take(Record{id(1, 1), 1, Lost})
	if !f.Done() || f.Missing() != nil {
		t.Errorf("missing %v", f.Missing())
	}
}

// However a log is cut, and whenever it is known what was accepted, it comes to
// the same.
func TestAFoldIsTheSameForAllWhoRead(t *testing.T) {
	outcomes := []Outcome{Succeeded, Failed, Retried, Cancelled, Crashed, Lost}
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 0))
		accepted := map[int]int{1: r.IntN(6), 2: r.IntN(6)}
		log := make([]Record, r.IntN(60))
		for i := range log {
			log[i] = Record{id(1+r.IntN(3), 1+r.IntN(7)), 1 + r.IntN(3), outcomes[r.IntN(len(outcomes))]}
		}
		var all []map[ID]Outcome
		for range 3 {
			var f Fold
			got := map[ID]Outcome{}
			sealed := r.IntN(len(log) + 1)
			for i, record := range log {
				if i == sealed {
					f.Seal(accepted)
				}
				if f.Take(record) {
					got[record.ID] = record.Outcome
				}
			}
			f.Seal(accepted)
			maps.DeleteFunc(got, func(id ID, _ Outcome) bool { return id.N > accepted[id.Submitter] })
			if f.Ended() != len(got) {
				t.Errorf("seed %d: %d ended, not %d", seed, f.Ended(), len(got))
			}
			if f.Done() != (len(f.Missing()) == 0) {
				t.Errorf("seed %d: done %t, missing %v", seed, f.Done(), f.Missing())
			}
			all = append(all, got)
		}
		if !maps.Equal(all[0], all[1]) || !maps.Equal(all[0], all[2]) {
			t.Errorf("seed %d: %v", seed, all)
		}
	}
}

// Who writes records can invent numbers.
func TestNumbersThatAreInventedCostLittle(t *testing.T) {
	var f Fold
	var m Met
	for i := range 500 {
		for _, n := range []int{1 + i, -i, 1 << 40 << (i % 20), 1<<62 + i*perPage} {
			f.Take(Record{id(1, n), 1, Succeeded})
			m.Note(id(1, n))
		}
	}
	if n := m.Accepted(1); n != 500 || m.Accepted(2) != 0 {
		t.Errorf("%d were accepted", n)
	}
	f.Seal(map[int]int{1: 500})
	if !f.Done() || f.Ended() != 500 {
		t.Errorf("%d ended, missing %v", f.Ended(), f.Missing())
	}
	if f.Take(Record{id(2, 1), 1, "marvellous"}) {
		t.Error("a word that nobody knows is an outcome")
	}
}

const perPage = 1 << 16

func TestWhatIsMissingInBetweenWasAcceptedToo(t *testing.T) {
	var m Met
	for _, n := range []int{9000, 1, 2, 3, 5, 8} {
		m.Note(id(1, n))
		m.Note(id(1, n))
	}
	if n := m.Accepted(1); n != 8 {
		t.Errorf("%d were accepted", n)
	}
}
