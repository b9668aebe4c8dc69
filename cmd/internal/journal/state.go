package journal

import (
	"example.com/skein/cmd/internal/task"
)

// mark is what is known of a task, in a byte, as there may be millions:
//
//	bits[0:3]  its last outcome, or that it was started, or nothing
//	bit 3      its input is there
//	bit 4      it is one of the present command's
//	bit 5      this run has given it out
//	bit 6      it wrote something, and not all of that is known to be out
type mark uint8

const (
	unknown mark = iota
	started
	succeeded
	failed
	timedOut
	killed
	cancelled
	skipped

	statusBits mark = 7
	hasInput   mark = 1 << 3
	isOurs     mark = 1 << 4
	isGiven    mark = 1 << 5
	isHeld     mark = 1 << 6
)

var statuses = map[task.Outcome]mark{
	task.Succeeded: succeeded, task.Failed: failed, task.TimedOut: timedOut,
	task.Killed: killed, task.Cancelled: cancelled, task.Skipped: skipped,
}

var outcomes = [8]task.Outcome{
	"", "", task.Succeeded, task.Failed, task.TimedOut, task.Killed, task.Cancelled, task.Skipped,
}

// final says that nothing more happens to the task unless somebody asks.
func (m mark) final() bool { return m >= succeeded && m <= killed }

// unwritten says that output may be missing of a task to which nothing more
// happens.
func (m mark) unwritten() bool { return m&isHeld != 0 && (m & statusBits).final() }

// Problem is a line that cannot be read.
type Problem struct {
	File string
	Line int
	What string
}

// State is what a journal says: the runs, and what became of each task.
type State struct {
	Dir      string
	Runs     []Run
	Ended    *Ended // nil if the last run has not ended, as far as the journal knows
	Doubtful bool   // a run was killed or ended with status 4, and none came to its end since: 0 or 1
	Inputs   int    // how many tasks there are
	Whole    bool   // the inputs were read to their end
	Stopped  string // why they gave no more before it; empty: they may have
	Dropped  bool   // of the inputs only keys are left, or nothing
	Problems []Problem

	tasks                 []mark // by number
	counts                [8]int // by status, of tasks that have their input or a record
	journalEnd, inputsEnd int64  // where the last whole line ends
}

// Last is the run that came last.
func (s *State) Last() Run { return s.Runs[len(s.Runs)-1] }

// Most is the largest number that a task has.
func (s *State) Most() int { return max(0, len(s.tasks)-1) }

// at gives the mark of a task, to be changed.
func (s *State) at(seq int) *mark {
	for len(s.tasks) <= seq {
		s.tasks = append(s.tasks, 0)
	}
	return &s.tasks[seq]
}

// take notes an event. That a task was skipped before it was tried is no news
// of one that was tried by an earlier run.
func (s *State) take(st step) {
	m := s.at(st.seq)
	now := started
	if st.kind == task.Finished {
		now = statuses[st.outcome]
	}
	old := *m & statusBits
	if now == skipped && !st.tried && old != unknown {
		return
	}
	s.counts[old]--
	s.counts[now]++
	*m = *m&^(statusBits|isHeld) | now
	if st.output && now != started {
		*m |= isHeld
	}
}

// written notes that the output of these tasks is out, and reports whether
// that is news of one.
func (s *State) written(first, last int) (news bool) {
	for seq := max(first, 0); seq <= last && seq < len(s.tasks); seq++ {
		news = news || s.tasks[seq]&isHeld != 0
		s.tasks[seq] &^= isHeld
	}
	return news
}

// Unwritten gives the tasks that are done with, and whose output may not be
// out: skein was killed first, or it could not be written.
func (s *State) Unwritten() (all []int) {
	for seq, m := range s.tasks {
		if m.unwritten() {
			all = append(all, seq)
		}
	}
	return all
}

// know notes that the input of a task is there, and reports whether that is
// news.
func (s *State) know(seq int, bits mark) bool {
	m := s.at(seq)
	news := *m&hasInput == 0
	*m |= hasInput | bits
	if news {
		s.Inputs++
	}
	return news
}

// Outcome is the last outcome of a task; empty if there is none.
func (s *State) Outcome(seq int) task.Outcome {
	if seq >= len(s.tasks) {
		return ""
	}
	return outcomes[s.tasks[seq]&statusBits]
}

// IsStarted reports whether a task was started and has no outcome.
func (s *State) IsStarted(seq int) bool {
	return seq < len(s.tasks) && s.tasks[seq]&statusBits == started
}

// IsOurs reports whether a task is one of the last run's command.
func (s *State) IsOurs(seq int) bool { return seq < len(s.tasks) && s.tasks[seq]&isOurs != 0 }

// Started gives the tasks that were started and have no outcome.
func (s *State) Started() (all []int) {
	for seq := range s.tasks {
		if s.IsStarted(seq) {
			all = append(all, seq)
		}
	}
	return all
}

// Reopen takes the outcome from the tasks that have one and for which lost says
// so, as if they had only been started, and returns which these are.
func (s *State) Reopen(lost func(seq int) bool) (all []int) {
	for seq := range s.tasks {
		if (s.tasks[seq] & statusBits).final() && lost(seq) {
			s.take(step{kind: task.Started, seq: seq, tried: true})
			all = append(all, seq)
		}
	}
	return all
}

// Count is how many tasks have the outcome.
func (s *State) Count(o task.Outcome) int { return s.counts[statuses[o]] }

// Counts has each outcome that a task has.
func (s *State) Counts() map[task.Outcome]int {
	all := map[task.Outcome]int{}
	for m, n := range s.counts {
		if n > 0 && outcomes[m] != "" {
			all[outcomes[m]] = n
		}
	}
	return all
}

// Bad is how many did not succeed and are done with.
func (s *State) Bad() int { return s.counts[failed] + s.counts[timedOut] + s.counts[killed] }

// Known is how many tasks have an outcome or were started.
func (s *State) Known() (n int) {
	for _, m := range s.counts[started:] {
		n += m
	}
	return n
}

// Running is how many were started and have no outcome.
func (s *State) Running() int { return s.counts[started] }

// Select says which tasks are to be run again.
type Select struct {
	Failed    bool // those that failed, too
	Unwritten bool // those whose output may not be out, too
	NoRerun   bool // not those that were started and have no outcome
}

// wants reports whether a task is to be run.
func (c Select) wants(m mark) bool {
	if m&hasInput == 0 || m&isOurs == 0 {
		return false
	}
	switch status := m & statusBits; {
	case c.Unwritten && m.unwritten():
		return true
	case status == succeeded:
		return false
	case status == started:
		return !c.NoRerun
	case status.final():
		return c.Failed
	}
	return true
}

// Wanted is how many tasks are to be run.
func (s *State) Wanted(c Select) (n int) {
	for _, m := range s.tasks {
		if c.wants(m) {
			n++
		}
	}
	return n
}

// Others is how many tasks would be run if they were not of another command
// than the last run's.
func (s *State) Others(c Select) (n int) {
	for _, m := range s.tasks {
		if m&isOurs == 0 && c.wants(m|isOurs) {
			n++
		}
	}
	return n
}

// Lost is how many tasks have a record and no input, so that they cannot be
// run again, although that may be needed.
func (s *State) Lost() (n int) {
	for _, m := range s.tasks {
		if m&hasInput == 0 && m&statusBits != unknown && m&statusBits != succeeded {
			n++
		}
	}
	return n
}
