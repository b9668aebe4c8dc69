//go:build linux && !skein_portable

package local

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// clean is what the guarded process says when all that is left is meant to
// live on.
const clean = 'c'

// ward is what a guard will end: all below it.
type ward struct {
	others map[int]bool // children from before: of whoever called exec
}

func newWard() (*ward, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	w := &ward{}
	if hasChildren() {
		w.others = children()
	}
	return w, nil
}

// hear gives what tells, once the other process has ended, whether it said
// that what is left is meant to live on.
func (w *ward) hear(socket int) func() bool {
	return func() bool {
		said := make([]byte, 1)
		return heard(socket, said) && said[0] == clean
	}
}

// end kills what is left and returns how many it were.
func (w *ward) end() int { return endBelow(w.others, true) }

// endOurs kills what is below us.
func endOurs() { endBelow(nil, false) }

// again is how to start this program once more: so that it does not sleep
// through our end if both of us are stopped. If only our thread ends, it does
// no harm.
func again() (path string, attr *syscall.SysProcAttr, err error) {
	return "/proc/self/exe", &syscall.SysProcAttr{Pdeathsig: syscall.SIGCONT}, nil
}

// heard reads what the other process has said, without waiting.
func heard(socket int, b []byte) bool {
	n, _, err := unix.Recvfrom(socket, b, unix.MSG_DONTWAIT)
	return err == nil && n > 0
}

// leaveInPeace tells the guard that what is left is meant to live on.
func leaveInPeace() {
	if guardSocket >= 0 {
		unix.Write(guardSocket, []byte{clean})
	}
}

// endBelow kills what is below us, but for others and what is below them,
// until nothing is left, and returns how many it were. Our own children are
// reaped if nobody else does that.
func endBelow(others map[int]bool, reap bool) int {
	killed := map[int]bool{}
	late := time.Now().Add(deadFor)
	for hasChildren() && time.Now().Before(late) {
		left := below(others, reap)
		for _, pid := range left {
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed[pid] = true
			}
		}
		if len(left) > 0 {
			<-time.After(time.Millisecond)
		} else if !sweepOwn(others, syscall.SIGKILL, reap) || !reap {
			break
		}
	}
	return len(killed)
}
