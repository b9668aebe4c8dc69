//go:build !linux || skein_portable

package local

import (
	"encoding/binary"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A message from the guarded process is one of these and the number of a
// process group, 4 bytes of it, big-endian.
const (
	entered = '+' // the group is to be killed if the guarded process is
	left    = '-' // it is empty
	clean   = 'c' // what is left is meant to live on
)

const messageSize = 5

// tellGuard sends a message. A guard that is dead is noticed by who reads.
func tellGuard(what byte, pgid int) {
	if guardSocket < 0 {
		return
	}
	b := binary.BigEndian.AppendUint32([]byte{what}, uint32(pgid))
	for len(b) > 0 {
		n, err := unix.Write(guardSocket, b)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		b = b[max(n, 0):]
	}
}

// leaveInPeace tells the guard that what is left is meant to live on.
func leaveInPeace() { tellGuard(clean, 0) }

// ward is what a guard will end: the groups of which the other process tells.
// One that starts just when that is killed may not have been told.
type ward struct {
	groups  roll
	inPeace bool
	done    chan struct{} // closed when nothing more is told
}

func newWard() (*ward, error) { return &ward{done: make(chan struct{})}, nil }

// hear begins to listen, and gives what tells, once the other process has
// ended, whether it said that what is left is meant to live on.
func (w *ward) hear(socket int) func() bool {
	go w.listen(os.NewFile(uintptr(socket), "socket"))
	return func() bool {
		select {
		case <-w.done:
			return w.inPeace
		case <-time.After(deadFor): // somebody else has the other end
			return false
		}
	}
}

func (w *ward) listen(socket *os.File) {
	defer close(w.done)
	var b [messageSize]byte
	for {
		for n := 0; n < len(b); {
			m, err := socket.Read(b[n:])
			if n += m; err != nil {
				return
			}
		}
		switch pgid := int(binary.BigEndian.Uint32(b[1:])); b[0] {
		case entered:
			w.groups.enter(pgid, 0)
		case left:
			w.groups.leave(pgid)
		case clean:
			w.inPeace = true
		}
	}
}

// end kills what is left and returns how many groups it were.
func (w *ward) end() int { return w.groups.end() }

// endOurs kills what we are to end.
func endOurs() { known.end() }

// again is how to start this program once more.
func again() (path string, attr *syscall.SysProcAttr, err error) {
	path, err = os.Executable()
	return path, nil, err
}
