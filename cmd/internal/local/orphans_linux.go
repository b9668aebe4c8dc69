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
// has started.
func (t *tree) orphans() (alive []int) {
	for late := time.Now().Add(execFor); ; <-time.After(time.Millisecond) {
		alive = nil
		var unsure []int
		for _, pid := range ourOrphans() {
			if t.y.others[pid] || t.y.isJob(pid) {
				continue
			}
			switch env := environ(pid); {
			case t.marksIn(env):
				alive = append(alive, pid)
			case len(env) == 0 && t.y.isUnsure(pid):
				unsure = append(unsure, pid)
			}
		}
		if len(unsure) == 0 {
			return alive
		}
		if time.Now().After(late) {
			t.y.setBare(unsure)
			return alive
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

// isUnsure reports whether a process that has no environment may be just about to
// get one.
func (y *system) isUnsure(pid int) bool {
	p, alive := processOf(pid)
	if !alive || p.zombie {
		return false
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.bare[pid] != p.born
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
