package local

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ended gives a child that has ended and leaves it as it is; 0 if there is
// none.
func ended() int {
	pid, _ := peek()
	return pid
}

func hasChildren() bool {
	_, err := peek()
	return !errors.Is(err, unix.ECHILD)
}

func peek() (pid int, err error) {
	var info struct {
		signo, errno, code int32
		fields             [29]uintptr // 8-byte aligned where uintptr is
	}
	_, _, e := syscall.Syscall6(syscall.SYS_WAITID, unix.P_ALL, 0, uintptr(unsafe.Pointer(&info)),
		unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(*(*int32)(unsafe.Pointer(&info.fields[0]))), nil
}

// children are our own.
func children() map[int]bool {
	own := map[int]bool{}
	parents, _ := processes()
	for pid, parent := range parents {
		if parent == os.Getpid() {
			own[pid] = true
		}
	}
	return own
}

// processes gives the parent of every process, and which have ended.
func processes() (parents map[int]int, zombies map[int]bool) {
	parents, zombies = map[int]int{}, map[int]bool{}
	dir, err := os.Open("/proc")
	if err != nil {
		return parents, zombies
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		// pid (name) state parent ...; the name may hold anything.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		parents[pid], _ = strconv.Atoi(string(fields[1]))
		zombies[pid] = fields[0][0] == 'Z'
	}
	return parents, zombies
}
