package local

import (
	"fmt"

	"golang.org/x/sys/unix"
)

const getTermios, setTermios = unix.TCGETS, unix.TCSETS

// openTerminal gives both ends of a new pseudo-terminal.
func openTerminal() (ours, its int, err error) {
	ours, err = unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, -1, err
	}
	n, err := unix.IoctlGetInt(ours, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(ours, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		its, err = unix.Open(fmt.Sprintf("/dev/pts/%d", n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		unix.Close(ours)
		return -1, -1, err
	}
	return ours, its, nil
}
