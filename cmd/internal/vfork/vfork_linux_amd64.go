package vfork

import _ "unsafe" // for go:linkname

// Call is a system call of the child.
type Call struct {
	Number, A, B, C, D uintptr
	Want               uintptr // what it gives; 0: anything that is no error
}

// Plan is what the child does: the calls, one after the other, of which the last
// executes the program. It is to be on the heap, where nothing moves, and whoever
// calls [Run] keeps alive what the calls point to.
type Plan struct {
	Clone [8]uint64 // the kernel's struct clone_args, without what is newer than Linux 5.3
	All   uint64    // a set of all signals
	Mask  uint64    // those that our thread blocks; Run fills it in
	Calls [13]Call

	// Of the child, if it could not execute the program.
	Failed uintptr // the address of the call; 0: it could
	Errno  uintptr
}

// Run makes the child, and returns when it has executed its program or has ended.
// It gives its process id, or the negative errno if there is no child.
//
// While the child shares our memory its thread is ours in all but name. So it runs
// nothing but the system calls: no Go, which may look at the thread or grow the
// stack, and which has the caller's frames beneath it. And no signal may come to it
// before it has dispositions of its own, nor to the thread that waits for it.
//
// The scheduler does not know of it: the caller keeps its P, which is the fastest way
// where programs are loaded at once. Else see [RunAside].
//
//go:noescape
func Run(p *Plan) (pid int)

// RunAside is Run for programs that load slowly. To the scheduler it is a system call
// as any other: others have the caller's P meanwhile, and the collector does not wait.
// The stack stays where it is.
//
//go:nosplit
//go:noinline
//go:norace
func RunAside(p *Plan) (pid int) {
	entersyscall()
	pid = Run(p)
	exitsyscall()
	return pid
}

// The runtime promises these two to those who make system calls by themselves.

//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

// Files is the limit of open files (RLIMIT_NOFILE) that the program was started
// with: what it allows now, and at most. Package syscall raises it for Go as soon as
// it is initialized, gives the programs that it starts the old one back, and tells
// nobody which that is.
//
// So this has to come before it, and does: packages are initialized in the order of
// their import paths, each as soon as those it imports are (Go's specification,
// Program initialization). A test looks at the limit that a program finds.
var Files, Known = filesLimit()

// filesLimit asks for it. If that is denied it is not known.
func filesLimit() (limit [2]uint64, known bool) {
	l := new([2]uint64)
	known = getrlimit(l) == 0
	return *l, known
}

//go:noescape
func getrlimit(limit *[2]uint64) (errno int)
