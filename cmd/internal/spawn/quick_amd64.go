//go:build linux && !skein_portable

package spawn

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/vfork"
)

// can says that the kernel, and what it is told to forbid, lets us. It takes a start
// to find that out, but for whether there is a clone3 at all: it refuses arguments of
// no size.
var can atomic.Bool

// IsQuick reports whether Start does not use ForkExec.
func IsQuick() bool { return can.Load() }

func init() {
	_, _, errno := unix.RawSyscall(unix.SYS_CLONE3, 0, 0, 0)
	can.Store(errno == unix.EINVAL && vfork.Known)
}

var ourselves = os.Getpid()

// launch is what one start needs. The kernel reads it, and has addresses for
// pointers: nothing of it may move or go before the child has executed its program.
type launch struct {
	plan  vfork.Plan
	calls int // of plan, until now
	words words
}

var launches = sync.Pool{New: func() any { return new(launch) }}

// start starts a program by vfork, or by ForkExec where that cannot be had. It does
// without syscall.ForkLock, which is for descriptors that are marked to be closed on
// exec after they were made: all that we open is from its first moment.
func start(path string, argv []string, o *Options) (pid int, err error) {
	if !can.Load() {
		return forkExec(path, argv, o)
	}
	l := launches.Get().(*launch)
	defer l.putBack()
	if err := l.words.set(path, o.Dir, argv, o.Env); err != nil {
		return 0, err
	}
	l.prepare(o)
	pid = l.run()
	switch {
	case pid < 0:
		err := syscall.Errno(-pid)
		if err == syscall.ENOSYS || err == syscall.EINVAL || err == syscall.EPERM {
			can.Store(false)
			return forkExec(path, argv, o)
		}
		return 0, err
	case l.plan.Failed != 0:
		err := syscall.Errno(l.plan.Errno)
		reap(pid)
		return 0, err
	}
	return pid, nil
}

// A start that takes longer than slowLoad has those that begin within slowFor after it
// tell the scheduler of theirs, which then has others go on meanwhile. It takes a fifth
// of the speed of small jobs, as most starts lose their P to somebody; but where programs
// load slowly two of them would hold up everything on two processors.
const slowFor = 10 * time.Second

var (
	slowLoad  = 50 * time.Millisecond // only a test changes it
	epoch     = time.Now()
	slowUntil atomic.Int64 // nanoseconds after epoch
)

// run makes the process.
func (l *launch) run() (pid int) {
	began := time.Since(epoch)
	if began < time.Duration(slowUntil.Load()) {
		pid = vfork.RunAside(&l.plan)
	} else {
		pid = vfork.Run(&l.plan)
	}
	runtime.KeepAlive(l)
	if end := time.Since(epoch); end-began > slowLoad {
		slowUntil.Store(int64(end + slowFor))
	}
	return pid
}

// reap waits for a child that could not execute its program.
func reap(pid int) {
	for {
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != syscall.EINTR {
			return
		}
	}
}

// prepare plans the child. What it does, and in which order, is as ForkExec has it.
func (l *launch) prepare(o *Options) {
	l.plan = vfork.Plan{
		Clone: [8]uint64{unix.CLONE_VFORK | unix.CLONE_VM | unix.CLONE_CLEAR_SIGHAND, 4: uint64(unix.SIGCHLD)},
		All:   ^uint64(0),
	}
	l.calls = 0
	l.call(vfork.Call{Number: unix.SYS_SETSID})
	if o.Dir != "" {
		l.call(vfork.Call{Number: unix.SYS_CHDIR, A: l.words.dir()})
	}
	l.call(vfork.Call{Number: unix.SYS_PRCTL, A: unix.PR_SET_PDEATHSIG, B: uintptr(unix.SIGKILL)})
	l.call(vfork.Call{Number: unix.SYS_GETPPID, Want: uintptr(ourselves)}) // else it has missed our death
	for i, fd := range o.Files {
		if fd == i {
			l.call(vfork.Call{Number: unix.SYS_FCNTL, A: uintptr(fd), B: unix.F_SETFD}) // not to be closed
		} else {
			l.call(vfork.Call{Number: unix.SYS_DUP3, A: uintptr(fd), B: uintptr(i)})
		}
	}
	if o.Terminal {
		l.call(vfork.Call{Number: unix.SYS_IOCTL, A: 1, B: unix.TIOCSCTTY, C: 1})
	}
	if raised() {
		l.call(vfork.Call{Number: unix.SYS_PRLIMIT64, B: unix.RLIMIT_NOFILE, C: address(&vfork.Files)})
	}
	l.call(vfork.Call{Number: unix.SYS_RT_SIGPROCMASK, A: unix.SIG_SETMASK, B: address(&l.plan.Mask), D: unsafe.Sizeof(l.plan.Mask)})
	l.call(vfork.Call{Number: unix.SYS_EXECVE, A: l.words.path(), B: l.words.argv(), C: l.words.env()})
}

func (l *launch) call(c vfork.Call) {
	l.plan.Calls[l.calls] = c
	l.calls++
}

// raised reports whether the limit of open files is as package syscall has set it.
// Else somebody has set another one for us, which is for those we start, too.
func raised() bool {
	var now unix.Rlimit
	soft, hard := vfork.Files[0], vfork.Files[1]
	return hard > 0 && soft < hard-1 &&
		unix.Getrlimit(unix.RLIMIT_NOFILE, &now) == nil && now.Cur == hard-1 && now.Max == hard
}

func address[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// mostKept is how many bytes of words are kept for the next start.
const mostKept = 64 << 10

func (l *launch) putBack() {
	if cap(l.words.text) <= mostKept {
		launches.Put(l)
	}
}
