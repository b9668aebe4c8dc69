package attach

import "golang.org/x/sys/unix"

// flags are those of a socket that no job inherits, whenever it is started, and no
// read of which holds a thread.
const flags = unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK

func socket() (int, error) { return unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|flags, 0) }

func acceptAt(listener int) (int, error) {
	fd, _, err := unix.Accept4(listener, flags)
	return fd, err
}
