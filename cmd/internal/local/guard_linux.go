package local

import (
	"errors"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// GuardWord is the argument with which a program starts itself to be its own
// guard. It must then call [Guard], and do nothing else.
const GuardWord = "_guard"

// guard is the process that outlives us when we are killed, as SIGKILL cannot
// be caught, and kills the groups that run then. The kernel kills only the
// jobs themselves. It learns of our death by the end of a pipe, and of the
// groups by memory that both have: for a job, being guarded costs one store.
type guard struct {
	groups []int32 // by slot; 0: none
	memory int     // a memfd with groups; -1: there is none, and no guard

	pid  int // 0: not started
	pipe int // its end is our end
}

// newGuard gives a guard for so many slots.
func newGuard(slots int, wanted bool) *guard {
	g := &guard{memory: -1}
	if wanted {
		g.share(slots)
	}
	if g.memory < 0 {
		g.groups = make([]int32, slots)
	}
	return g
}

// share makes the memory. Without it there is no guard.
func (g *guard) share(slots int) {
	fd, err := unix.MemfdCreate("groups", unix.MFD_CLOEXEC)
	if err != nil {
		return
	}
	if unix.Ftruncate(fd, int64(4*slots)) == nil {
		if b, err := unix.Mmap(fd, 0, 4*slots, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
			g.groups = unsafe.Slice((*int32)(unsafe.Pointer(&b[0])), slots)
			g.memory = fd
			return
		}
	}
	unix.Close(fd)
}

// set says which group a slot has; 0 is none.
func (g *guard) set(slot, pgid int) { atomic.StoreInt32(&g.groups[slot-1], int32(pgid)) }

// start starts the process, before the first job: it need not be ready by
// then, for it finds all it needs in the pipe and the memory. It is in a
// session of its own, so that ctrl-C does not reach it, and has none of our
// outputs, so that nobody waits for it.
func (g *guard) start(null int) (pid int) {
	var p [2]int
	if g.memory < 0 || unix.Pipe2(p[:], unix.O_CLOEXEC) != nil {
		return 0
	}
	defer unix.Close(p[0])
	pid, err := syscall.ForkExec("/proc/self/exe", []string{os.Args[0], GuardWord}, &syscall.ProcAttr{
		Env:   append(os.Environ(), "GOMAXPROCS=1"),
		Files: []uintptr{uintptr(p[0]), uintptr(null), uintptr(null), uintptr(g.memory)},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		unix.Close(p[1]) // the jobs themselves still die with us
		return 0
	}
	g.pid, g.pipe = pid, p[1]
	return pid
}

// stop ends the guard, as no job runs any more.
func (g *guard) stop() {
	if g.pid == 0 {
		return
	}
	syscall.Kill(g.pid, syscall.SIGKILL)
	for {
		if _, err := syscall.Wait4(g.pid, nil, 0, nil); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	unix.Close(g.pipe)
	g.pid = 0
}

func (g *guard) close() {
	if g.memory < 0 {
		return
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(&g.groups[0])), 4*len(g.groups))
	unix.Munmap(b)
	unix.Close(g.memory)
}

// Guard is the life of a guard: it waits until the process that started it is
// dead, and kills the groups of its jobs.
func Guard() {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	os.Stdin.Read(make([]byte, 1)) // nothing ever comes but the end
	var info unix.Stat_t
	if unix.Fstat(3, &info) != nil || info.Size == 0 {
		return
	}
	b, err := unix.Mmap(3, 0, int(info.Size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return
	}
	for _, pgid := range unsafe.Slice((*int32)(unsafe.Pointer(&b[0])), info.Size/4) {
		if pgid > 1 {
			syscall.Kill(-int(pgid), syscall.SIGKILL)
		}
	}
}
