//go:build !linux || skein_portable

package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// roll is the process groups that are to be ended, each with the number of its
// task. Its zero value is empty.
//
// A number is nobody else's while its group has a process or its first one has
// not been reaped. So a group is taken out when it is empty, and what was
// forgotten is looked for now and then.
type roll struct {
	told bool // the guard hears of it

	mu   sync.Mutex
	task map[int]int
}

// known is that of this process: a program has one run at a time.
var known = roll{told: true}

func (r *roll) enter(pgid, seq int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.task == nil {
		r.task = map[int]int{}
	}
	r.task[pgid] = seq
	if r.told {
		tellGuard(entered, pgid)
	}
}

func (r *roll) leave(pgid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(pgid)
}

// drop takes a group out. mu is held.
func (r *roll) drop(pgid int) {
	delete(r.task, pgid)
	if r.told {
		tellGuard(left, pgid)
	}
}

// prune takes out the groups that are empty, but for those that are kept.
func (r *roll) prune(kept func(pgid int) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for pgid := range r.task {
		if !kept(pgid) && !groupAlive(pgid) {
			r.drop(pgid)
		}
	}
}

// alive are the groups that have a process.
func (r *roll) alive() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Collect(maps.Keys(r.task)), func(pgid int) bool { return !groupAlive(pgid) })
}

func (r *roll) signal(s syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for pgid := range r.task {
		syscall.Kill(-pgid, s)
	}
}

// end kills all groups until they are empty, and returns how many it were.
func (r *roll) end() int {
	n := len(r.alive())
	for late := time.Now().Add(deadFor); time.Now().Before(late) && len(r.alive()) > 0; {
		r.signal(syscall.SIGKILL)
		<-time.After(time.Millisecond)
	}
	return n
}

// mostOwners is how many groups that were left behind are told by their task.
const mostOwners = 8

// owners says which tasks left these groups behind.
func (r *roll) owners(pgids []int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var tasks []int
	for _, pgid := range pgids {
		tasks = append(tasks, r.task[pgid])
	}
	slices.Sort(tasks)
	var parts []string
	for _, seq := range tasks[:min(len(tasks), mostOwners)] {
		parts = append(parts, fmt.Sprint("task ", seq))
	}
	if len(tasks) > mostOwners {
		parts = append(parts, "and others")
	}
	return strings.Join(parts, "; ")
}
