package web

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/skein"
	"example.com/skein/cmd/internal/attach"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/insight"
)

const (
	// fresh is how old what is shown may be: so many viewers ask no more
	// often than one.
	fresh = 250 * time.Millisecond

	mostEnded  = 4096 // tasks that are remembered
	mostPast   = 20   // runs that are shown after their end
	mostOutput = 20   // tasks whose outputs are shown together
)

// runs is the source of the page: a group is a run, a worker a task.
type runs struct {
	only []string // empty: all that go on

	mu    sync.Mutex
	asked time.Time
	list  []*run // in the order in which they were found
	ended []skein.Ended
	n     uint64 // tasks that have ended
	last  uint64 // the number of the last run
}

// run is one that goes on, or did.
type run struct {
	number uint64
	id     string
	client *attach.Client // nil: the run is over
	state  attach.State
	after  int
	fresh  []attach.Ended
}

func (s *runs) Program() insight.Program {
	return insight.Program{Name: "runs", PID: os.Getpid(), Details: "output"}
}

func (s *runs) Snapshot() skein.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ask()
	snapshot := skein.Snapshot{Time: time.Now(), Groups: []skein.GroupState{}}
	for _, r := range s.list {
		snapshot.Groups = append(snapshot.Groups, r.group())
	}
	return snapshot
}

func (s *runs) After(n uint64) ([]skein.Ended, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ask()
	kept := uint64(len(s.ended))
	if n > s.n {
		n = s.n
	}
	return slices.Clone(s.ended[kept-min(kept, s.n-n):]), s.n
}

// Details gives the end of what a task has written, or of what several have.
func (s *runs) Details(group uint64, number int64) []skein.Worker {
	s.mu.Lock()
	s.ask()
	i := slices.IndexFunc(s.list, func(r *run) bool { return r.number == group })
	if i < 0 || s.list[i].client == nil {
		s.mu.Unlock()
		return nil
	}
	r := *s.list[i]
	s.mu.Unlock()
	var all []skein.Worker
	for _, t := range r.state.Running {
		if number != 0 && int64(t.Task) != number || len(all) == mostOutput {
			continue
		}
		w := r.worker(&t)
		if state, err := r.client.Ask(attach.Request{Do: "state", Task: t.Task}); err == nil {
			w.Stack = ansi.Strip(strings.ReplaceAll(string(state.Output), "\r", "\n"))
		}
		all = append(all, w)
	}
	return all
}

// ask asks all runs how they stand, at the same time. mu is held.
func (s *runs) ask() {
	if time.Since(s.asked) < fresh {
		return
	}
	s.find()
	_ = skein.Each(context.Background(), s.list, func(_ context.Context, r *run) error {
		r.ask()
		return nil
	}, skein.Limit(0))
	past := 0
	for i := len(s.list) - 1; i >= 0; i-- {
		r := s.list[i]
		s.take(r)
		if r.client == nil {
			if past++; past > mostPast {
				s.list = slices.Delete(s.list, i, i+1)
			}
		}
	}
	s.asked = time.Now()
}

// find dials runs that are new.
func (s *runs) find() {
	ids := s.only
	if len(ids) == 0 {
		ids, _ = attach.Runs() // what cannot be read is not shown
	}
	for _, id := range ids {
		if slices.ContainsFunc(s.list, func(r *run) bool { return r.id == id }) {
			continue
		}
		if client, err := attach.Dial(id); err == nil {
			s.last++
			s.list = append(s.list, &run{number: s.last, id: id, client: client})
		}
	}
}

// ask asks a run. One that does not answer is over: what of its tasks nobody
// has heard of by then ended with it.
func (r *run) ask() {
	if r.client == nil {
		return
	}
	state, err := r.client.Ask(attach.Request{Do: "state", After: &r.after})
	if err != nil {
		r.client.Close()
		r.client = nil
		r.state.Running, r.state.Active = nil, 0
		return
	}
	r.state, r.fresh = state, state.Ended
}

// take notes what has ended in a run, and counts what it has not listed.
func (s *runs) take(r *run) {
	if r.client == nil {
		return
	}
	s.n += uint64(max(0, r.state.Next-r.after))
	r.after = r.state.Next
	for _, e := range r.fresh {
		s.ended = append(s.ended, r.bygone(&e))
	}
	r.fresh = nil
	slices.SortStableFunc(s.ended, func(a, b skein.Ended) int { return a.End.Compare(b.End) })
	if over := len(s.ended) - mostEnded; over > 0 {
		s.ended = slices.Delete(s.ended, 0, over)
	}
}

func (r *run) title() string {
	title := r.id + "  skein " + strings.Join(r.state.Args, " ")
	if r.client == nil {
		title += "  (over)"
	}
	return title
}

func (r *run) group() skein.GroupState {
	count := r.state.Counts
	g := skein.GroupState{ID: r.number, Name: r.title(), Limit: r.state.Limit, Stats: skein.Stats{
		Running:   r.state.Active,
		Succeeded: count[task.Succeeded],
		Failed:    count[task.Failed] + count[task.Killed],
		Cancelled: count[task.Cancelled],
		TimedOut:  count[task.TimedOut],
		Skipped:   count[task.Skipped],
	}, Cause: r.state.Halted}
	for _, t := range r.state.Running {
		g.Workers = append(g.Workers, r.worker(&t))
	}
	return g
}

func (r *run) worker(t *attach.Running) skein.Worker {
	return skein.Worker{Group: r.id, Number: int64(t.Task), Name: t.Name, Func: process(t.PID, t.Attempt), Age: max(0, r.state.Time.Sub(t.Since))}
}

// bygone tells of a task that has ended in the words of the library, which has
// none for a process that a signal killed: it has failed, and that is why.
func (r *run) bygone(e *attach.Ended) skein.Ended {
	outcome := e.Outcome
	if outcome == task.Killed {
		outcome = task.Failed
	}
	return skein.Ended{
		Worker:  skein.Worker{Group: r.title(), Number: int64(e.Task), Name: e.Name, Func: process(e.PID, e.Attempt), Age: e.Took},
		GroupID: r.number, End: e.Time, Outcome: outcome, Err: e.Why,
	}
}

func process(pid, attempt int) string {
	if attempt > 1 {
		return fmt.Sprintf("process %d, attempt %d", pid, attempt)
	}
	return fmt.Sprintf("process %d", pid)
}
