package clusterweb

import (
	"maps"
	"strings"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/retry"
)

// perPage is how many runs, workers or dead tasks an answer has.
const perPage = 50

// state is what the page shows beside what package insight does.
type state struct {
	Time    time.Time `json:"time"`
	Token   string    `json:"token,omitempty"`   // for changes; empty: none can be made here
	Asked   time.Time `json:"asked,omitzero"`    // when the cluster answered last
	Trouble string    `json:"trouble,omitempty"` // why it did not since

	Runs    list[runState]    `json:"runs"`
	Workers list[workerState] `json:"workers"`
	Dead    list[deadState]   `json:"dead"`

	Course *courseState `json:"course,omitempty"` // of the page of one run
}

// list is a part of a longer one.
type list[T any] struct {
	From int `json:"from"`
	All  int `json:"all"`
	List []T `json:"list"`
}

// runState is a run or queue.
type runState struct {
	Name      string         `json:"name"`
	State     string         `json:"state"` // open, closed, finished, queue; ending: it was cancelled, and then cancelled
	Cause     string         `json:"cause,omitempty"`
	Error     string         `json:"error,omitempty"` // why it could not be read
	Counts    cluster.Counts `json:"counts"`
	Ended     int            `json:"ended"`
	Submitted int            `json:"submitted"` // 0: not known yet
	Running   int            `json:"running"`
	Waiting   int            `json:"waiting"` // tasks; messages where submitted is not known, each of up to 64
	Retried   int            `json:"retried"` // attempts after which there was another one
	Dead      int            `json:"dead"`
	Late      int            `json:"late"`
	Limit     int            `json:"limit,omitempty"`
	Rate      float64        `json:"rate"` // tasks in a second
	Finished  time.Time      `json:"finished,omitzero"`
	Read      bool           `json:"read"` // it has been read to its end
}

// workerState is a worker.
type workerState struct {
	Name    string      `json:"name"`
	Host    string      `json:"host"`
	PID     int         `json:"pid"`
	State   string      `json:"state"`   // works, drains, silent; died, left
	Silence float64     `json:"silence"` // since when there is nothing new of it, in seconds
	Since   time.Time   `json:"since"`
	Left    time.Time   `json:"left,omitzero"`
	Types   []string    `json:"types"`
	Slots   int         `json:"slots"`
	Running int         `json:"running"`
	Tasks   []taskState `json:"tasks"` // the first of them
}

type taskState struct {
	Run     string  `json:"run"`
	Task    string  `json:"task"`
	Attempt int     `json:"attempt"`
	Age     float64 `json:"age"` // nanoseconds
}

// deadState is a dead task.
type deadState struct {
	Run    string         `json:"run"`
	Task   string         `json:"task"`
	Closed bool           `json:"closed"` // its run takes no more
	Tries  []attemptState `json:"tries"`  // the last is how it ended
}

type attemptState struct {
	Attempt    int             `json:"attempt"`
	Outcome    cluster.Outcome `json:"outcome"`
	Cause      string          `json:"cause,omitempty"`
	Worker     string          `json:"worker"`
	Ended      time.Time       `json:"ended"`
	Took       time.Duration   `json:"took"` // nanoseconds
	Deliveries int             `json:"deliveries,omitempty"`
}

// asked says which parts of the lists are wanted, and of which run; "": all.
type asked struct {
	run                 string
	runs, workers, dead int
	filter              string // of runs, by name
}

// state tells how everything stands.
func (b *board) state(q asked) state {
	b.look()
	var opened *run
	if q.run != "" {
		opened, _ = b.find(q.run)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	s := state{Time: now, Asked: b.asked, Trouble: b.trouble}
	s.Runs = b.runStates(q)
	s.Workers = b.crew.states(q, now)
	s.Dead = b.deadStates(q)
	if opened != nil {
		opened.mu.Lock()
		s.Course = opened.course.state()
		opened.mu.Unlock()
	}
	return s
}

// page gives the indices of a page of a list.
func page(from, all int) (first, end int) {
	first = max(0, min(from, all-1))
	return first, min(all, first+perPage)
}

func (b *board) runStates(q asked) list[runState] {
	var wanted []*cluster.Listed
	for i := range b.list {
		l := &b.list[i]
		if q.run == "" && strings.Contains(strings.ToLower(l.Name), q.filter) || l.Name == q.run {
			wanted = append(wanted, l)
		}
	}
	first, end := page(q.runs, len(wanted))
	s := list[runState]{From: first, All: len(wanted), List: []runState{}}
	for _, l := range wanted[first:end] {
		s.List = append(s.List, b.runState(l))
	}
	return s
}

func (b *board) runState(l *cluster.Listed) runState {
	s := runState{
		Name: l.Name, State: stateOf(l), Submitted: l.Submitted, Counts: l.Counts, Limit: l.Limit,
		Running: b.crew.running(l.Name),
	}
	over := l.State == cluster.StateFinished
	if over {
		s.Finished = l.Since
	}
	if l.Cancelled != nil {
		s.Cause = clip(l.Cancelled.Error(), mostBytes)
	}
	if r := b.runs[l.Name]; r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if s.Read = r.snapshot != nil; s.Read {
			s.Waiting, s.Late, s.Rate = r.snapshot.Waiting, r.snapshot.Late, r.rate()
		}
		if s.Read || !over {
			s.Counts = maps.Clone(r.counts) // it is encoded when nobody holds the lock
		}
		if r.err != nil {
			s.Error = clip(r.err.Error(), mostBytes)
		}
		s.Retried, s.Dead = r.retried, r.deadCount
	} else {
		for o, n := range l.Counts {
			if o != cluster.Succeeded && o != cluster.Cancelled {
				s.Dead += n
			}
		}
	}
	if s.Ended = s.Counts.Total(); s.Submitted > 0 {
		s.Waiting = max(0, s.Submitted-s.Ended-s.Running)
	}
	return s
}

func stateOf(l *cluster.Listed) string {
	switch {
	case l.State == cluster.StateFinished && l.Cancelled != nil:
		return "cancelled"
	case l.State == cluster.StateCancelled:
		return "ending"
	case l.Queue:
		return "queue"
	}
	return string(l.State)
}

// states are the workers: first those that are silent, then those that have gone
// without a word, then the others by name.
func (c *crew) states(q asked, now time.Time) list[workerState] {
	var parts [4][]*member // silent, died, there, left
	for i := range c.there {
		if m := &c.there[i]; m.isSilent(now) {
			parts[0] = append(parts[0], m)
		} else {
			parts[2] = append(parts[2], m)
		}
	}
	for i := range c.gone {
		if m := &c.gone[i]; m.died {
			parts[1] = append(parts[1], m)
		} else {
			parts[3] = append(parts[3], m)
		}
	}
	var wanted []*member
	for _, part := range parts {
		for _, m := range part {
			if q.run == "" || m.has(q.run) {
				wanted = append(wanted, m)
			}
		}
	}
	first, end := page(q.workers, len(wanted))
	s := list[workerState]{From: first, All: len(wanted), List: []workerState{}}
	for _, m := range wanted[first:end] {
		s.List = append(s.List, m.state(q.run, now))
	}
	return s
}

func (m *member) has(run string) bool {
	for i := range m.Tasks {
		if m.Tasks[i].Run == run {
			return true
		}
	}
	return false
}

const tasksListed = 8

func (m *member) state(run string, now time.Time) workerState {
	s := workerState{
		Name: m.Name, Host: m.Host, PID: m.PID, State: "works", Silence: now.Sub(m.heard).Seconds(), Since: m.Since, Left: m.left,
		Types: m.Types, Slots: m.Slots, Running: m.Running, Tasks: []taskState{},
	}
	switch {
	case m.died:
		s.State = "died"
	case !m.left.IsZero():
		s.State, s.Running = "left", 0
	case m.isSilent(now):
		s.State = "silent"
	case m.Drains:
		s.State = "drains"
	}
	if s.State == "left" {
		return s
	}
	for i := range m.Tasks {
		task := &m.Tasks[i]
		if run != "" && task.Run != run {
			continue
		}
		if len(s.Tasks) == tasksListed {
			break
		}
		s.Tasks = append(s.Tasks, taskState{task.Run, task.Task.String(), task.Attempt, float64(max(0, m.At.Sub(task.Since)) + now.Sub(m.heard))})
	}
	return s
}

// deadStates are the dead tasks, of each run the last first.
func (b *board) deadStates(q asked) list[deadState] {
	s := list[deadState]{List: []deadState{}}
	for pass := range 2 { // the first counts, so that the page is one that is there
		at := 0
		for i := range b.list {
			l := &b.list[i]
			r := b.runs[l.Name]
			if r == nil || q.run != "" && l.Name != q.run {
				continue
			}
			r.mu.Lock()
			listed := r.dead[max(0, len(r.dead)-mostDead):]
			for k := len(listed) - 1; pass == 1 && k >= 0 && len(s.List) < perPage; k-- {
				if at+len(listed)-1-k >= s.From {
					s.List = append(s.List, listed[k].state(l))
				}
			}
			at += len(listed)
			r.mu.Unlock()
		}
		if pass == 0 {
			s.All = at
			s.From, _ = page(q.dead, at)
		}
	}
	return s
}

func (d *dead) state(l *cluster.Listed) deadState {
	s := deadState{Run: l.Name, Task: d.task.String(), Closed: !retry.Takes(*l)}
	for _, a := range d.history {
		s.Tries = append(s.Tries, a.state())
	}
	s.Tries = append(s.Tries, d.attempt.state())
	return s
}

func (a attempt) state() attemptState {
	return attemptState{a.number, a.outcome, a.cause, a.worker, a.ended, a.took, a.deliveries}
}
