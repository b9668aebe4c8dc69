package journal

import (
	"fmt"
	"iter"
	"time"

	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// stuck says, of a journal that somebody asked for, that its disk is full: a
// task that started now could not be noted, and would run twice.
func (l *Log) stuck() error {
	if !l.o.Asked {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.journal.retry(); len(l.journal.pending) == 0 && l.reserve.again() {
		return nil
	}
	return l.fault()
}

func (l *Log) fault() error {
	return &task.Fault{Err: fmt.Errorf("%w: no further task starts", l.Trouble())}
}

// Watch passes events on and tells, once, that something could not be written
// and the run goes on all the same.
func (l *Log) Watch(events iter.Seq[task.Event]) iter.Seq[task.Event] {
	return func(yield func(task.Event) bool) {
		tell := func() bool {
			if l.told || l.o.Asked || l.trouble.Load() == nil {
				return true
			}
			l.told = true
			return yield(task.Event{Kind: task.Warned, Time: time.Now(), Err: l.warning()})
		}
		for ev := range events {
			if !tell() {
				ev.Stdout.Free()
				ev.Stderr.Free()
				return
			}
			if !yield(ev) {
				return
			}
		}
		tell()
	}
}

func (l *Log) warning() error {
	return usage.Errorf("the run goes on; what is not in the journal cannot be resumed. SKEIN_JOURNAL=off keeps none",
		"%v", l.Trouble())
}

// damaged says that there are inputs which cannot be read.
func (s *State) damaged() bool {
	for _, p := range s.Problems {
		if p.File == inputsName {
			return true
		}
	}
	return s.Lost() > 0
}

// notWhole is why a run that has been resumed is not whole.
func (s *State) notWhole() error {
	if s.Whole {
		return fmt.Errorf("some inputs of the journal cannot be read, so their tasks were not run")
	}
	unit, rest := "record", fmt.Sprintf("from record %d on", s.Inputs+1)
	if last := s.lastPart(); last != "" {
		unit, rest = "task", fmt.Sprintf("what comes after %.200q", last)
	}
	why := ""
	if s.Stopped != "" {
		why = ": " + s.Stopped
	}
	return usage.Errorf("give the rest, "+rest+": skein resume --from FILE",
		"input ended at %s %d, not at its end%s", unit, s.Inputs, why)
}

// lastPart is the end of what the last task got, where a task may get several
// records.
func (s *State) lastPart() string {
	specs, err := s.Specs(func(seq int) bool { return seq == s.Inputs })
	if err != nil {
		return ""
	}
	switch spec := specs[s.Inputs].Spec; {
	case len(spec.Block) > 0:
		return string(spec.Block[max(0, len(spec.Block)-100):])
	case len(spec.Values) > 0 && len(s.Last().Names) == 0:
		return spec.Values[len(spec.Values)-1]
	}
	return ""
}
