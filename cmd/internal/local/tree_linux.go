//go:build linux && !skein_portable

package local

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/task"
)

// tree is what belongs to a task: its process and all below it. Those in
// sessions of their own are found among our descendants: below the process
// while it lives; later, as orphans that came to us, by the number of the task
// in their environment, or because they have been seen before.
type tree struct {
	y     *system
	root  int      // the process; 0: it has been reaped
	marks [][]byte // SKEIN_TASK=n and SKEIN_RUN, each between NULs
	seen  map[int]uint64
}

func (s *slot) tree(j *job) *tree {
	t := &tree{y: s.system, root: j.pid, marks: [][]byte{fmt.Appendf(nil, "\x00%s%d\x00", taskVariable, j.seq)}, seen: map[int]uint64{}}
	if s.o.Run != "" { // a run that is our job may have a task of the same number
		t.marks = append(t.marks, fmt.Appendf(nil, "\x00%s%s\x00", runVariable, s.o.Run))
	}
	if j.reaped() {
		t.root = 0
	}
	return t
}

// look finds those that live, without the group of the process, parents first.
func (t *tree) look(group int) []int {
	all := processes()
	self := os.Getpid()
	maps.DeleteFunc(t.seen, func(pid int, born uint64) bool { return all[pid].born != born || all[pid].zombie })
	known := map[int]bool{}
	var in func(pid, hops int) bool
	in = func(pid, hops int) bool {
		p, there := all[pid]
		if is, done := known[pid]; done || !there || hops > 100 {
			return is
		}
		_, seen := t.seen[pid]
		known[pid] = seen || pid == t.root || p.parent == t.root && t.root > 0 ||
			p.parent == self && !t.y.others[pid] && !t.y.isJob(pid) && t.marked(pid) ||
			p.parent > 1 && p.parent != self && in(p.parent, hops+1)
		return known[pid]
	}
	var alive []int
	for pid, p := range all {
		if !p.zombie && pid != t.root && p.group != group && in(pid, 0) {
			t.seen[pid] = p.born
			alive = append(alive, pid)
		}
	}
	parentsFirst(alive, all)
	return alive
}

// marked reports whether the process was started with the task's environment.
func (t *tree) marked(pid int) bool { return t.marksIn(environ(pid)) }

func (t *tree) marksIn(env []byte) bool {
	env = append([]byte{0}, env...)
	return !slices.ContainsFunc(t.marks, func(mark []byte) bool { return !bytes.Contains(env, mark) })
}

// environ is what a process was started with; nil: it has none, or may not be asked.
func environ(pid int) []byte {
	env, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return env
}

// tell sends a signal to all of them.
func tell(pids []int, s syscall.Signal) {
	for _, pid := range pids {
		syscall.Kill(pid, s)
		if s != syscall.SIGKILL {
			syscall.Kill(pid, syscall.SIGCONT)
		}
	}
}

// tellAll tells what belongs to a job to end.
func (s *slot) tellAll(j *job) {
	if closed(s.stopped) {
		j.tree = nil // it ends with the run
	} else {
		if j.tree == nil {
			j.tree = s.tree(j)
		}
		left := j.tree.look(j.pid)
		tell(left, syscall.SIGTERM)
		j.hear(left)
	}
	j.tellGroup()
}

// endAll waits for the end of a job that was told to, and ends it after the
// grace.
func (s *slot) endAll(j *job) {
	s.endGroup(j)
	s.endTree(j)
}

// endTree ends what a task that was told to stop has in sessions of its own,
// as endGroup does with its group.
func (s *slot) endTree(j *job) {
	if j.tree == nil {
		return
	}
	j.tree.root = 0
	var dead time.Time
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left := j.tree.look(0)
		if len(left) == 0 {
			left = j.tree.orphans() // what forks and ends again and again is found there alone
		}
		now := s.system.now()
		if len(left) == 0 || !dead.IsZero() && now.After(dead) {
			return
		}
		if now.After(j.killAt) || j.killed {
			if dead.IsZero() {
				dead = now.Add(deadFor)
			}
			// One that forks and ends again and again must be met before it does.
			for ; len(left) > 0 && s.system.now().Before(dead); left = j.tree.orphans() {
				tell(left, syscall.SIGKILL)
			}
		} else {
			tell(slices.DeleteFunc(left, func(pid int) bool { return j.heard[pid] }), syscall.SIGTERM)
			j.hear(left)
		}
		var kill <-chan struct{}
		if !j.killed {
			kill = s.o.Kill
		}
		select {
		case <-time.After(pause):
		case <-kill:
			j.killed = true
		}
	}
}

// hear notes who got SIGTERM: nobody gets it twice.
func (j *job) hear(pids []int) {
	if j.heard == nil {
		j.heard = map[int]bool{}
	}
	for _, pid := range pids {
		j.heard[pid] = true
	}
}

// owners says which tasks left these processes behind.
func owners(pids []int) string {
	var all task.Left
	for _, pid := range pids[:min(len(pids), task.MostLeft)] {
		env := environ(pid)
		if len(env) == 0 { // it is just about to load its program, and its parent's is the same
			if p, there := processOf(pid); there && p.parent != os.Getpid() {
				env = environ(p.parent)
			}
		}
		_, after, _ := bytes.Cut(append([]byte{0}, env...), []byte("\x00"+taskVariable))
		number, _, _ := bytes.Cut(after, []byte{0})
		seq, _ := strconv.Atoi(string(number))
		if names := called(pid); len(names) > 0 {
			all.Add(seq, 1, names...)
		}
	}
	all.Add(0, max(0, len(pids)-task.MostLeft))
	return all.Whose()
}

// called gives what processes are called, but for those that have gone meanwhile.
func called(pids ...int) (names []string) {
	for _, pid := range pids {
		if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); len(name) > 0 {
			names = append(names, strings.TrimSpace(string(name)))
		}
	}
	return names
}
