package task

import (
	"fmt"
	"syscall"
)

// Interrupted is the cause of a run that a signal halted.
type Interrupted syscall.Signal

func (i Interrupted) Error() string {
	switch syscall.Signal(i) {
	case syscall.SIGINT:
		return "interrupted"
	case syscall.SIGTERM:
		return "terminated"
	case syscall.SIGHUP:
		return "hung up"
	}
	return syscall.Signal(i).String()
}

// NotRunnable says that the command word, the same for every task, cannot be
// run. Status is what a shell would exit with: 127 if it was not found, else
// 126.
type NotRunnable struct {
	Word   string
	Status int
	Err    error
	Host   string // which worker says so; empty: it is here
}

func (n *NotRunnable) Error() string { return fmt.Sprintf("%s: %v", n.Word, n.Err) }
func (n *NotRunnable) Unwrap() error { return n.Err }

// Fault is an error of skein's own: bytes that could not be kept or written.
type Fault struct{ Err error }

func (f *Fault) Error() string { return f.Err.Error() }
func (f *Fault) Unwrap() error { return f.Err }
