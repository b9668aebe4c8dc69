//go:build linux && !skein_portable

package local

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func (e *ends) pipes() error {
	var p [2]int
	for i, to := range []*int{&e.out, &e.err} {
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			return err
		}
		e.ours[i], *to = p[0], p[1]
		e.add(p[1])
	}
	return nil
}

// blockFile gives a file of memory that has a block, to be the standard input
// of a job. A job that reads none of it, or a part, harms nobody: there is no
// pipe that could break or fill up, and nobody has to feed it. The memory is
// the kernel's, and free when the last process that has the file has ended.
func blockFile(block []byte) (fd int, err error) {
	fd, err = unix.MemfdCreate("block", unix.MFD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("keep the block for standard input: %w", err)
	}
	for at := 0; at < len(block); {
		n, err := unix.Pwrite(fd, block[at:], int64(at))
		if err != nil && err != unix.EINTR {
			unix.Close(fd)
			return -1, fmt.Errorf("keep the block for standard input: %w", err)
		}
		at += max(n, 0)
	}
	return fd, nil
}
