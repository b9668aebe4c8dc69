// Package spawn starts the processes of jobs.
//
// [Start] is the way in. Where package vfork can make a process it does, which
// takes less time than syscall.ForkExec (decision 0025); everywhere else ForkExec
// makes it, and the two are the same for whoever is started: a test compares what it
// finds.
package spawn

import "syscall"

// Options are what a program finds.
type Options struct {
	Env      []string
	Dir      string // empty: ours
	Files    [3]int // standard input, output and error: ours, or 3 and above
	Terminal bool   // standard output is the terminal of its session
}

// Start starts a program, which is not looked for in PATH, in a session of its own,
// so that one that asks at the terminal fails at once. On Linux it gets SIGKILL when
// the thread that has started it ends, and not only our process: no goroutine of ours
// may end while it is locked to its thread.
//
// It returns when the program is executed, and is to be waited for by whoever calls
// it. Descriptors of ours that are closed on exec may be open in it for a moment more.
// An error is a [syscall.Errno]. Start is safe for concurrent use.
func Start(path string, argv []string, o Options) (pid int, err error) {
	return start(path, argv, &o)
}

// forkExec is what Go has for this.
func forkExec(path string, argv []string, o *Options) (pid int, err error) {
	return syscall.ForkExec(path, argv, &syscall.ProcAttr{
		Env:   o.Env,
		Dir:   o.Dir,
		Files: []uintptr{uintptr(o.Files[0]), uintptr(o.Files[1]), uintptr(o.Files[2])},
		Sys:   attributes(o.Terminal),
	})
}
