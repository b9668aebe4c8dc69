package protocol_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	. "example.com/skein/cluster/internal/protocol"
)

func of(submitter int) Series { return Series{Type: "a", Submitter: submitter} }

func id(submitter, n int) ID { return of(submitter).Task(n) }

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
	f.Seal(Accepted{of(1): 2})
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

func TestARecordUnderAnotherTypeIsOfAnotherTask(t *testing.T) {
	var f Fold
	f.Take(Record{Series{"b", 1}.Task(1), 1, Failed}) // as a worker for b can write it
	f.Take(Record{id(1, 1), 1, Succeeded})
	f.Seal(Accepted{of(1): 1})
	if !f.Done() || f.Late != 0 || f.Stray != 1 || f.Ended() != 1 {
		t.Errorf("done %t, %d late, %d stray, %d ended", f.Done(), f.Late, f.Stray, f.Ended())
	}
}

func TestWhatIsKnownOfEachSeriesIsJSON(t *testing.T) {
	type entry struct {
		Sealed  Accepted        `json:"sealed,omitzero"`
		Counted BySeries[Spans] `json:"counted,omitempty"`
	}
	for text, e := range map[string]entry{
		`{}`:            {},
		`{"sealed":{}}`: {Sealed: Accepted{}},
		`{"sealed":{"a":{"1":50,"3":7},"b":{"1":2}},"counted":{"a":{"2":[[1,5],[7,7]]}}}`: {
			Accepted{of(1): 50, of(3): 7, {"b", 1}: 2}, BySeries[Spans]{of(2): {{1, 5}, {7, 7}}},
		},
	} {
		b, err := json.Marshal(e)
		if err != nil || string(b) != text {
			t.Errorf("%s, %v; want %s", b, err, text)
		}
		var back entry
		if err := json.Unmarshal([]byte(text), &back); err != nil || !reflect.DeepEqual(back, e) {
			t.Errorf("%s is %+v, %v", text, back, err)
		}
	}
	var e entry
	if json.Unmarshal([]byte(`{"sealed":{"a":5}}`), &e) == nil {
		t.Error("a number is something of each series")
	}
}

// However a log is cut, and whenever it is known what was accepted, it comes to
// the same.
func TestAFoldIsTheSameForAllWhoRead(t *testing.T) {
	outcomes := []Outcome{Succeeded, Failed, Retried, Cancelled, Crashed, Lost}
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 0))
		accepted := Accepted{of(1): r.IntN(6), of(2): r.IntN(6)}
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
			maps.DeleteFunc(got, func(id ID, _ Outcome) bool { return id.N > accepted[id.Series()] })
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
	if got := m.Accepted(all); !maps.Equal(got, Accepted{of(1): 500}) {
		t.Errorf("%v were accepted", got)
	}
	f.Seal(Accepted{of(1): 500})
	if !f.Done() || f.Ended() != 500 {
		t.Errorf("%d ended, missing %v", f.Ended(), f.Missing())
	}
	if f.Take(Record{id(2, 1), 1, "marvellous"}) {
		t.Error("a word that nobody knows is an outcome")
	}
}

const perPage = 1 << 16

func all(Series) bool { return true }

func TestWhatIsMissingInBetweenWasAcceptedToo(t *testing.T) {
	var m Met
	for _, n := range []int{9000, 1, 2, 3, 5, 8} {
		m.Note(id(1, n))
		m.Note(id(1, n))
	}
	if got := m.Accepted(all); !maps.Equal(got, Accepted{of(1): 8}) {
		t.Errorf("%v were accepted", got)
	}
	if got := m.Accepted(func(Series) bool { return false }); len(got) > 0 {
		t.Errorf("%v were accepted of nobody", got)
	}
}
