//go:build linux && !skein_portable

package local

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/task"
)

// execFor is how long a process may take to get its environment: while it loads a
// program it has none.
const execFor = 100 * time.Millisecond

// leavings says what a job has left behind that has ended: who is in its group, and
// who bears its marks in sessions of their own.
//
// Where nothing is left, which is nearly always, that is known by a look at our own
// children: who has lost his parent is one of them.
func (s *slot) leavings(j *job) (n int, names []string) {
	if !hasChildren() {
		return 0, nil
	}
	t := s.tree(j)
	j.tree = t
	group, met := groupAlive(j.pid), t.orphans()
	if !group && len(met) == 0 {
		return 0, nil
	}
	left := t.look(j.pid)
	if group {
		for _, pid := range below(s.system.others, false) {
			if pgid, err := syscall.Getpgid(pid); err == nil && pgid == j.pid {
				left = append(left, pid)
			}
		}
	}
	if len(left) == 0 {
		left = met // they have gone meanwhile, and others may have come from them
	}
	slices.Sort(left)
	return len(left), called(left[:min(len(left), task.MostLeft)]...)
}

// orphans gives those of our children that bear the task's marks and that no slot
// has started. Whoever has ended since the list was read may have left a child that
// is not on it: then it is read again.
func (t *tree) orphans() (alive []int) {
	ended := map[int]bool{}
	for late := time.Now().Add(execFor); ; {
		alive = nil
		var unsure []int
		again := false
		for _, pid := range ourOrphans() {
			if t.y.others[pid] || t.y.isJob(pid) || ended[pid] {
				continue
			}
			env := environ(pid)
			if t.marksIn(env) {
				alive = append(alive, pid)
				if p, there := processOf(pid); there {
					t.seen[pid] = p.born // it may be about to load a program with another environment
				}
			}
			if len(env) > 0 {
				continue
			}
			switch p, there := processOf(pid); {
			case !there || p.zombie:
				ended[pid], again = true, true
			case !t.y.isBare(pid, p):
				unsure = append(unsure, pid)
			}
		}
		switch {
		case len(alive) > 0, len(unsure) == 0 && !again:
			return alive
		case time.Now().After(late):
			t.y.setBare(unsure)
			return alive
		case len(unsure) > 0:
			<-time.After(time.Millisecond)
		}
	}
}

// ourOrphans are our children, with those that came to us. A process that has lost
// its parent comes to the first of our threads, so that its list has them all.
func ourOrphans() (pids []int) {
	list, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid()))
	if err != nil { // a kernel without these lists
		for pid := range children() {
			pids = append(pids, pid)
		}
		return pids
	}
	for word := range bytes.FieldsSeq(list) {
		if pid, err := strconv.Atoi(string(word)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// isBare reports whether a process that has no environment is known to have none.
func (y *system) isBare(pid int, p process) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.bare[pid] == p.born
}

// setBare notes that processes have no environment, and will not get one.
func (y *system) setBare(pids []int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.bare == nil || len(y.bare) > mostBare {
		y.bare = map[int]uint64{}
	}
	for _, pid := range pids {
		if p, alive := processOf(pid); alive {
			y.bare[pid] = p.born
		}
	}
}

// mostBare bounds what is remembered of processes without an environment; what is
// forgotten is looked at once more.
const mostBare = 1000
