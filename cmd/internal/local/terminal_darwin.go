package local

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const getTermios, setTermios = unix.TIOCGETA, unix.TIOCSETA

// openTerminal gives both ends of a new pseudo-terminal.
func openTerminal() (ours, its int, err error) {
	ours, err = unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, -1, err
	}
	var name [128]byte // what the request says of its argument
	for _, request := range []uint{unix.TIOCPTYGRANT, unix.TIOCPTYUNLK, unix.TIOCPTYGNAME} {
		_, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(ours), uintptr(request), uintptr(unsafe.Pointer(&name)))
		if e != 0 {
			unix.Close(ours)
			return -1, -1, e
		}
	}
	its, err = unix.Open(unix.ByteSliceToString(name[:]), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		unix.Close(ours)
		return -1, -1, err
	}
	return ours, its, nil
}
