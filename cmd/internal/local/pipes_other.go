//go:build !linux || skein_portable

package local

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// pipes makes the two. Nobody may fork before they are closed in what that
// starts. Ours do not block, so that who reads them needs no thread.
func (e *ends) pipes() error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var p [2]int
	for i, to := range []*int{&e.out, &e.err} {
		if err := unix.Pipe(p[:]); err != nil {
			return err
		}
		unix.CloseOnExec(p[0])
		unix.CloseOnExec(p[1])
		e.ours[i], *to = p[0], p[1]
		e.add(p[1])
		if err := unix.SetNonblock(p[0], true); err != nil {
			return err
		}
	}
	return nil
}

// blockFile gives a file without a name that has a block, to be the standard
// input of a job. A job that reads none of it, or a part, harms nobody: there
// is no pipe that could break or fill up, and nobody has to feed it.
func blockFile(block []byte) (fd int, err error) {
	f, err := os.CreateTemp("", "skein-block-*")
	if err != nil {
		return -1, fmt.Errorf("keep the block for standard input: %w", err)
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return -1, fmt.Errorf("keep the block for standard input: %w", err)
	}
	if _, err := f.WriteAt(block, 0); err != nil {
		return -1, fmt.Errorf("keep the block for standard input: %w", err)
	}
	fd, err = unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("keep the block for standard input: %w", err)
	}
	return fd, nil
}
