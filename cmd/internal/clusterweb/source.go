package clusterweb

import (
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/insight"
)

// What package insight shows is workers in groups. To the page of the cluster a
// worker is a task, as a worker is a task's run in the library.

// all is the source of the page of all runs: a group is a run.
type all struct{ *board }

func (s all) Program() insight.Program {
	return insight.Program{Name: "cluster", PID: os.Getpid(), Details: "details", Worker: "task", Group: "run"}
}

func (s all) Snapshot() skein.Snapshot {
	s.look()
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshot := skein.Snapshot{Time: time.Now()}
	for i := range s.list {
		l := &s.list[i]
		r := s.runs[l.Name]
		if r == nil || l.State == cluster.StateFinished {
			continue // what runs is asked
		}
		snapshot.Groups = append(snapshot.Groups, r.group(l))
	}
	s.fill(snapshot.Groups, snapshot.Time, func(w *member, task *cluster.Running) string { return task.Run })
	return snapshot
}

// group is a run as a group, without what runs of it.
func (r *run) group(l *cluster.Listed) skein.GroupState {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := skein.GroupState{ID: r.number, Name: r.name, Limit: l.Limit, Stats: statsOf(r.counts)}
	if l.Submitted > 0 {
		g.Queued = max(0, l.Submitted-r.counts.Total())
	}
	if r.snapshot != nil && r.snapshot.Cancelled != nil {
		g.Cause = clip(r.snapshot.Cancelled.Error(), mostBytes)
	}
	return g
}

func statsOf(c cluster.Counts) skein.Stats {
	return skein.Stats{
		Succeeded: c[cluster.Succeeded], Failed: c[cluster.Failed] + c[cluster.Crashed] + c[cluster.Lost], Panicked: c[cluster.Panicked],
		Goexited: c[cluster.Goexited], Cancelled: c[cluster.Cancelled], TimedOut: c[cluster.TimedOut],
	}
}

// fill puts the tasks that run into their groups, which group names. mu is held.
func (b *board) fill(groups []skein.GroupState, now time.Time, group func(*member, *cluster.Running) string) {
	byName := make(map[string]*skein.GroupState, len(groups))
	for i := range groups {
		byName[groups[i].Name] = &groups[i]
	}
	for i := range b.crew.there {
		m := &b.crew.there[i]
		for j := range m.Tasks {
			task := &m.Tasks[j]
			if g := byName[group(m, task)]; g != nil {
				g.Running++
				g.Queued = max(0, g.Queued-1)
				g.Workers = append(g.Workers, workerOf(g.Name, m, task, now))
			}
		}
	}
	for i := range groups {
		slices.SortStableFunc(groups[i].Workers, func(a, b skein.Worker) int { return int(b.Age - a.Age) })
		groups[i].Workers = groups[i].Workers[:min(len(groups[i].Workers), 100)]
	}
}

// workerOf is a task that runs. The worker's clock may be any, so its age is told
// by that alone.
func workerOf(group string, m *member, task *cluster.Running, now time.Time) skein.Worker {
	age := max(0, m.At.Sub(task.Since)) + max(0, now.Sub(m.heard))
	return skein.Worker{Group: group, Number: numberOf(task.Task), Name: task.Task.String(), Func: onWorker(m.Name, task.Attempt), Age: age}
}

func (s all) After(n uint64) ([]skein.Ended, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ended, next := s.ended.after(n)
	fresh := make([]skein.Ended, len(ended))
	for i, e := range ended {
		fresh[i] = e.Ended
	}
	return fresh, next
}

func (s all) Details(group uint64, number int64) []skein.Worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		if r.number == group {
			return s.details(func(_ *member, task *cluster.Running) bool {
				return task.Run == r.name && (number == 0 || numberOf(task.Task) == number)
			})
		}
	}
	return nil
}

// details tells of tasks that run. mu is held.
func (b *board) details(want func(*member, *cluster.Running) bool) (all []skein.Worker) {
	now := time.Now()
	for i := range b.crew.there {
		m := &b.crew.there[i]
		for j := range m.Tasks {
			task := &m.Tasks[j]
			if !want(m, task) || len(all) == 100 {
				continue
			}
			w := workerOf(task.Run, m, task, now)
			w.Stack = fmt.Sprintf("task\t%s of %s\nattempt\t%d\nworker\t%s\nhost\t%s, process %d\nbegan\t%s by its clock\nheard of\t%s ago",
				task.Task, task.Run, task.Attempt, m.Name, m.Host, m.PID, task.Since.Format(time.RFC3339), now.Sub(m.heard).Round(time.Second))
			all = append(all, w)
		}
	}
	return all
}

// one is the source of the page of a run: a group is a worker of the cluster.
type one struct {
	*board
	name string
}

func (s one) Program() insight.Program {
	return insight.Program{Name: s.name, PID: os.Getpid(), Details: "details", Worker: "task", Group: "worker"}
}

// Snapshot of a run that is over is of the time when its last task ended: so the
// timeline shows how it went.
func (s one) Snapshot() skein.Snapshot {
	s.look()
	r, found := s.find(s.name)
	snapshot := skein.Snapshot{Time: time.Now()}
	if !found {
		return snapshot
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.crew.there {
		m := &s.crew.there[i]
		if slices.ContainsFunc(m.Tasks, func(t cluster.Running) bool { return t.Run == s.name }) {
			snapshot.Groups = append(snapshot.Groups, skein.GroupState{ID: idOf(m.Name), Name: m.Name})
		}
	}
	s.fill(snapshot.Groups, snapshot.Time, func(m *member, task *cluster.Running) string {
		if task.Run != s.name {
			return ""
		}
		return m.Name
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.ended.last); n > 0 && r.wasOver && len(snapshot.Groups) == 0 {
		snapshot.Time = r.ended.last[n-1].End.Add(time.Second)
	}
	return snapshot
}

func (s one) After(n uint64) ([]skein.Ended, uint64) {
	r, found := s.find(s.name)
	if !found {
		return nil, n
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.snapshot == nil {
		return nil, 0 // it is being read
	}
	ended, next := r.ended.after(n)
	fresh := make([]skein.Ended, len(ended))
	for i, e := range ended {
		fresh[i] = e.Ended
		fresh[i].Group, fresh[i].GroupID = e.worker, idOf(e.worker)
	}
	return fresh, next
}

func (s one) Details(group uint64, number int64) []skein.Worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.details(func(m *member, task *cluster.Running) bool {
		return idOf(m.Name) == group && task.Run == s.name && (number == 0 || numberOf(task.Task) == number)
	})
}

func onWorker(worker string, number int) string {
	if number > 1 {
		return fmt.Sprintf("%s, attempt %d", worker, number)
	}
	return worker
}

// numberOf is a number for a task among those of its run, as one that JavaScript
// can hold.
func numberOf(id cluster.ID) int64 { return int64(idOf(id.String())) }

// idOf is a number for what has that name, of which the same is true.
func idOf(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64() & (1<<52 - 1)
}
