package attach

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func socket() (int, error) {
	return private(func() (int, error) { return unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0) })
}

func acceptAt(listener int) (int, error) {
	return private(func() (int, error) {
		fd, _, err := unix.Accept(listener)
		return fd, err
	})
}

// private makes a socket that no job inherits, as it holds the lock that a start
// needs, and no read of which holds a thread.
func private(make func() (int, error)) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := make()
	if err != nil {
		return -1, err
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
