package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"example.com/skein/cmd/internal/input"
	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/task"
)

// timeline is a run with a clock of its own: three slots, attempts, and what
// the journal is told of them.
type timeline struct {
	log  *journal.Log
	now  time.Time
	want []string // what must be found again
}

func (l *timeline) attempt(slot, seq, attempt int, kind task.Kind, outcome task.Outcome) {
	began := l.now.Add(time.Duration(slot) * time.Microsecond)
	took := time.Duration(1+rand.IntN(1000)) * time.Microsecond
	ev := task.Event{Kind: task.Started, Time: began, Spec: task.Spec{Seq: seq}, Slot: slot, Attempt: attempt}
	l.log.Append(ev)
	ev.Kind, ev.Time, ev.Started, ev.PID = kind, began.Add(took), began, 1
	ev.Outcome = outcome
	l.log.Append(ev)
	l.want = append(l.want, fmt.Sprintf("slot %d: task %d, attempt %d, %s, %v at %v", slot, seq, attempt, outcome, took, began.UnixMicro()))
}

// newTimeline makes a journal of 300 attempts, and of a task that has no end.
func newTimeline(t *testing.T) (l *timeline, dir string) {
	t.Helper()
	dir = t.TempDir()
	l = &timeline{now: time.Now().Truncate(time.Microsecond)}
	run := journal.Run{ID: "r", Time: l.now, Directory: journal.Text(dir), Args: journal.Words{"echo"}}
	var err error
	if l.log, err = journal.Open(dir, run, journal.Options{Asked: true}); err != nil {
		t.Fatal(err)
	}
	for range l.log.Remaining(input.Args(slices.Repeat([]string{"x"}, 101))) {
	}
	outcomes := []task.Outcome{task.Succeeded, task.Failed, task.Killed, task.TimedOut, task.Cancelled}
	for seq := 1; seq <= 100; seq++ {
		slot := 1 + seq%3
		l.attempt(slot, seq, 1, task.Retried, task.Failed)
		l.now = l.now.Add(2 * time.Millisecond)
		l.attempt(slot, seq, 2, task.Retried, task.TimedOut)
		l.now = l.now.Add(2 * time.Millisecond)
		l.attempt(slot, seq, 3, task.Finished, outcomes[seq%len(outcomes)])
		l.now = l.now.Add(2 * time.Millisecond)
	}
	l.log.Append(task.Event{Kind: task.Started, Time: l.now, Spec: task.Spec{Seq: 101}, Slot: 2, Attempt: 1})
	l.log.Append(task.Event{Kind: task.Finished, Time: l.now, Spec: task.Spec{Seq: 102}, Outcome: task.Skipped, ExitStatus: -1})
	if err := l.log.Close(1); err != nil {
		t.Fatal(err)
	}
	return l, dir
}

func TestATimelineCanBeRebuiltFromItsTrace(t *testing.T) {
	l, dir := newTimeline(t)
	s, err := journal.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := writeTrace(&out, s); err != nil {
		t.Fatal(err)
	}
	var file struct {
		DisplayTimeUnit string
		TraceEvents     []traceEvent
	}
	decoder := json.NewDecoder(&out)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	names, ends := map[int]bool{}, map[int]float64{}
	var got []string
	unknown := 0
	for _, e := range file.TraceEvents {
		switch e.Phase {
		case "M":
			names[e.TID] = true
			continue
		case "X":
		default:
			t.Fatalf("an event of phase %q", e.Phase)
		}
		if !names[e.TID] || e.PID != 1 || e.Name == "" || e.Dur == nil {
			t.Errorf("%+v is on no track, or has no name or no end", e)
		}
		if e.Time < ends[e.TID] {
			t.Errorf("%+v begins before the one before it on its track has ended, at %v", e, ends[e.TID])
		}
		ends[e.TID] = e.Time + *e.Dur
		if e.Args["outcome"] == "unknown" {
			unknown++
			continue
		}
		began := s.Runs[0].Time.Add(time.Duration(e.Time*1e3 + 0.5))
		took := time.Duration(*e.Dur*1e3 + 0.5)
		got = append(got, fmt.Sprintf("slot %d: task %v, attempt %v, %v, %v at %v", e.TID, e.Args["seq"], e.Args["attempt"], e.Args["outcome"], took, began.UnixMicro()))
	}
	if !slices.Equal(got, l.want) {
		t.Errorf("got\n%q\nwant\n%q", got, l.want)
	}
	if unknown != 1 || len(names) != 4 {
		t.Errorf("%d without an end, %d tracks, want 1 and 3 beside the run's", unknown, len(names))
	}
}
