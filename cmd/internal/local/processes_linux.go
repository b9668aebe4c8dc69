package local

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ended gives a child that has ended and leaves it as it is; 0 if there is
// none.
func ended() int {
	pid, _, _ := peek(unix.WEXITED | unix.WNOWAIT)
	return pid
}

func hasChildren() bool {
	_, _, err := peek(unix.WEXITED | unix.WNOWAIT)
	return !errors.Is(err, unix.ECHILD)
}

// held gives a child that is stopped and the signal that did it, once for each
// stop; 0 if there is none.
func held() (pid int, by syscall.Signal) {
	pid, status, _ := peek(unix.WSTOPPED)
	return pid, syscall.Signal(status)
}

func peek(options int) (pid, status int, err error) {
	var info struct {
		signo, errno, code int32
		fields             [29]uintptr // 8-byte aligned where uintptr is
	}
	_, _, e := syscall.Syscall6(syscall.SYS_WAITID, unix.P_ALL, 0, uintptr(unsafe.Pointer(&info)),
		uintptr(options|unix.WNOHANG), 0, 0)
	if e != 0 {
		return 0, 0, e
	}
	f := (*[3]int32)(unsafe.Pointer(&info.fields[0])) // process, user, status
	return int(f[0]), int(f[2]), nil
}

// children are our own.
func children() map[int]bool {
	own := map[int]bool{}
	for pid, p := range processes() {
		if p.parent == os.Getpid() {
			own[pid] = true
		}
	}
	return own
}

// sweepOwn sends a signal to our own children, but for others, reaps those that
// have ended, if that is wanted, and reports whether there were any. The
// kernel's list of them is read in microseconds: a process that forks and ends
// again and again is on it, where a look at all of /proc finds neither the one
// that has ended nor the one that came after.
func sweepOwn(others map[int]bool, s syscall.Signal, reap bool) (found bool) {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, thread := range threads {
		list, _ := os.ReadFile("/proc/self/task/" + thread.Name() + "/children")
		for word := range bytes.FieldsSeq(list) {
			if pid, err := strconv.Atoi(string(word)); err == nil && !others[pid] {
				found = true
				syscall.Kill(pid, s)
				if reap {
					syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
				}
			}
		}
	}
	return found
}

// process is what /proc says of one.
type process struct {
	parent, group int
	born          uint64 // ticks since the boot: with the id, what it is known by
	zombie        bool
}

// processes gives all there are.
func processes() map[int]process {
	all := map[int]process{}
	dir, err := os.Open("/proc")
	if err != nil {
		return all
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if p, alive := processOf(pid); alive {
			all[pid] = p
		}
	}
	return all
}

// processOf gives what there is of one; false: it is not there.
func processOf(pid int) (p process, there bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, false
	}
	// pid (name) state parent group ...; the name may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return p, false
	}
	p.zombie = fields[0][0] == 'Z' || fields[0][0] == 'X'
	p.parent, _ = strconv.Atoi(string(fields[1]))
	p.group, _ = strconv.Atoi(string(fields[2]))
	p.born, _ = strconv.ParseUint(string(fields[19]), 10, 64)
	return p, true
}

// below gives the processes below us that are alive, but for others and what
// is below them, parents first, and reaps, if that is wanted, those of our
// children that are not alive.
func below(others map[int]bool, reap bool) (alive []int) {
	all := processes()
	self := os.Getpid()
	for pid := range all {
		p := pid
		for hops := 0; p > 1 && all[p].parent != self && hops < 100; hops++ {
			p = all[p].parent
		}
		switch {
		case all[p].parent != self || others[p]:
		case !all[pid].zombie:
			alive = append(alive, pid)
		case pid == p && reap:
			syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
		}
	}
	parentsFirst(alive, all)
	return alive
}

// parentsFirst sorts processes so that whoever gets a signal gets it before those
// below it: a shell whose command is ended first goes on to the next command.
func parentsFirst(pids []int, all map[int]process) {
	depth := make(map[int]int, len(pids))
	for _, pid := range pids {
		for p := all[pid].parent; p > 1 && depth[pid] < 100; p = all[p].parent {
			depth[pid]++
		}
	}
	slices.SortFunc(pids, func(a, b int) int { return cmp.Or(depth[a]-depth[b], a-b) })
}
