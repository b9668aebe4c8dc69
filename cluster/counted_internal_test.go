package cluster

import (
	"encoding/json"
	"testing"
	"time"

	"example.com/skein/cluster/internal/protocol"
)

// counts is a queue of which something is counted at that time.
func (e *entry) counts(now time.Time, submitter, last int) {
	s := protocol.Series{Type: "t", Submitter: submitter}
	all := e.counted()
	all[s] = protocol.Spans{{1, last}}
	e.count(all, map[protocol.Series]bool{s: true}, now)
}

// A queue to which a new program submits each minute can be opened after years.
func TestAQueueForgetsSubmittersThatHaveGone(t *testing.T) {
	for every, most := range map[time.Duration]int{
		time.Minute:     2 * int(turnAfter/time.Minute),
		5 * time.Second: 3 * mostSubmitters,
	} {
		e, now := &entry{}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for n := range 200_000 {
			now = now.Add(every)
			s := protocol.Series{Type: "t", Submitter: n + 2}
			e.count(protocol.BySeries[protocol.Spans]{s: {{1, 1}}}, map[protocol.Series]bool{s: true}, now)
			if n%1000 == 0 {
				e.counts(now, 1, n+1) // one that goes on
			}
		}
		text, err := json.Marshal(e)
		if n := len(e.counted()); err != nil || n > most || len(text) > 1<<20 {
			t.Errorf("one every %v: %d submitters are remembered, in %d bytes; %v", every, n, len(text), err)
		}
		if got := e.counted()[protocol.Series{Type: "t", Submitter: 1}]; len(got) != 1 || got[0] != [2]int{1, 199_001} {
			t.Errorf("one every %v: of who goes on %v is remembered", every, got)
		}
	}
}

func TestAQueueRemembersForAWeek(t *testing.T) {
	e, now := &entry{}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	e.counts(now, 1, 5)
	for day := range 30 {
		now = now.Add(24 * time.Hour)
		e.counts(now, 2, day+1)
		if there := len(e.counted()) == 2; day < 6 && !there || day > 14 && there {
			t.Errorf("day %d: %v", day+1, e.counted())
		}
	}
}
