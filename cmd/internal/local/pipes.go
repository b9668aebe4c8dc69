package local

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ends are the descriptors of a job that starts: its own, which are closed
// here when it has them, and ours.
type ends struct {
	in, out, err int    // the job's
	own          [3]int // of these those that are to be closed
	n            int    // of own
	ours         [2]int // -1: there is none
	tty          bool
}

// close closes the job's.
func (e *ends) close() {
	for _, fd := range e.own[:e.n] {
		unix.Close(fd)
	}
}

// add enters one of the job's.
func (e *ends) add(fd int) {
	e.own[e.n] = fd
	e.n++
}

// drop closes ours, as nothing was started.
func (e *ends) drop() {
	for _, fd := range e.ours {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// ends makes the descriptors of a job.
func (s *slot) ends() (e ends, err error) {
	e = ends{in: s.system.null, ours: [2]int{-1, -1}}
	if s.o.TTY {
		err = e.terminal()
	} else {
		err = e.pipes()
	}
	if err == nil {
		err = s.input(&e)
	}
	if err != nil {
		e.close()
		e.drop()
	}
	return e, err
}

// input gives the job its block, or what --stdin says.
func (s *slot) input(e *ends) error {
	if s.block != nil {
		fd, err := blockFile(s.block)
		if err != nil {
			return err
		}
		e.in = fd
		e.add(fd)
		return nil
	}
	switch s.o.Stdin {
	case "", "none":
		return nil
	case "inherit":
		e.in = 0
		return nil
	}
	fd, err := unix.Open(s.o.Stdin, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "--stdin", Path: s.o.Stdin, Err: err}
	}
	e.in = fd
	e.add(fd)
	return nil
}

// terminal makes a pseudo-terminal of the size of ours, for all three. It
// leaves the ends of lines as they are, shows nothing of what is typed, and
// nobody types but the end of the input.
func (e *ends) terminal() error {
	ours, its, err := openTerminal()
	if err != nil {
		return fmt.Errorf("open a terminal: %w", err)
	}
	e.ours[0] = ours
	e.in, e.out, e.err, e.tty = its, its, its, true
	e.add(its)
	if modes, err := unix.IoctlGetTermios(its, getTermios); err == nil {
		modes.Oflag &^= unix.ONLCR
		modes.Lflag &^= unix.ECHO
		unix.IoctlSetTermios(its, setTermios, modes)
	}
	unix.IoctlSetWinsize(ours, unix.TIOCSWINSZ, windowSize())
	_, err = unix.Write(ours, []byte(endOfFile))
	return err
}

// endOfFile is what a user types who has nothing to say.
const endOfFile = "\x04"

// windowSize is that of our terminal, if we have one.
func windowSize() *unix.Winsize {
	for fd := range 3 {
		if size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err == nil && size.Col > 0 {
			return size
		}
	}
	return &unix.Winsize{Row: 24, Col: 80}
}
