package local

import (
	"fmt"

	"golang.org/x/sys/unix"
)

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
