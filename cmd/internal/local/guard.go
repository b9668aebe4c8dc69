package local

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// GuardedWord is the first argument of a program that [Guard] has started. The
// program must then give the second to [Guarded], and go on with the rest as
// if that were all.
const GuardedWord = "_guarded"

// Guard starts this program once more, with the same arguments, to do the
// work, and guards it: it passes on signals and stops, waits, and returns the
// exit status. Each of the two notices the other's end, for which even SIGKILL
// is good: the guarded one by the end of a socket, this one because it is the
// parent. Who is left kills what they are to guard: on Linux everything below,
// as each of the two is the reaper of the orphans below it; elsewhere the
// process groups of the tasks, of which the guarded one tells.
//
// An error says that the other process could not be started.
func Guard() (status int, err error) {
	w, err := newWard()
	if err != nil {
		return 0, err
	}
	got := make(chan os.Signal, 8)
	passOn(got)
	pid, socket, err := startGuarded()
	if err != nil {
		signal.Stop(got)
		return 0, err
	}
	go relay(got, pid, socket)
	screen := newTerminal()
	inPeace := w.hear(socket)
	end := await(pid)
	if !inPeace() {
		n := w.end()
		if end.Signaled() {
			screen.restore()
			fmt.Fprintf(os.Stderr, "skein: the process that ran the tasks was ended by %s; ended what it had started (%d more)\n",
				unix.SignalName(end.Signal()), n)
		}
	}
	if end.Signaled() {
		return 128 + int(end.Signal()), nil
	}
	return end.ExitStatus(), nil
}

// terminal is what the other process cannot put in order any more when it has
// been killed.
type terminal struct{ modes *unix.Termios }

func newTerminal() terminal {
	modes, err := unix.IoctlGetTermios(int(os.Stderr.Fd()), getTermios)
	if err != nil {
		return terminal{}
	}
	return terminal{modes}
}

// restore gives the terminal its modes and its cursor back, and begins a line,
// if we are in its foreground; else it is not ours.
func (t terminal) restore() {
	fd := int(os.Stderr.Fd())
	if front, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); t.modes == nil || err != nil || front != unix.Getpgrp() {
		return
	}
	unix.IoctlSetTermios(fd, setTermios, t.modes)
	os.Stderr.WriteString("\x1b[?25h\x1b[0m\r\x1b[K")
}

// startGuarded starts the other process, which has every descriptor that we
// were given, at its place.
func startGuarded() (pid, socket int, err error) {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return 0, 0, err
	}
	defer unix.Close(p[1])
	unix.CloseOnExec(p[0])
	unix.FcntlInt(uintptr(p[1]), unix.F_SETFD, 0)
	path, attr, err := again()
	if err != nil {
		unix.Close(p[0])
		return 0, 0, err
	}
	argv := append([]string{os.Args[0], GuardedWord, strconv.Itoa(p[1])}, os.Args[1:]...)
	pid, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: attr,
	})
	if err != nil {
		unix.Close(p[0])
		return 0, 0, err
	}
	return pid, p[0], nil
}

// passOn asks for the signals that the other process is to have, if it was
// started by us or not: what is ignored stays so.
func passOn(got chan<- os.Signal) {
	for _, s := range []os.Signal{
		syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP, syscall.SIGCONT,
	} {
		if !signal.Ignored(s) {
			signal.Notify(got, s)
		}
	}
}

// relay passes signals on. The other process must know those of a user at the
// terminal, which both of us get, from those that only we got: so they go
// another way.
func relay(got <-chan os.Signal, pid, socket int) {
	for s := range got {
		s := s.(syscall.Signal)
		switch s {
		case syscall.SIGCONT, syscall.SIGQUIT:
			syscall.Kill(pid, s)
		default:
			unix.SendmsgN(socket, []byte{byte(s)}, nil, nil, unix.MSG_DONTWAIT)
		}
	}
}

// await waits for the other process, stops when it does, and reaps what came
// to us meanwhile.
func await(pid int) (status syscall.WaitStatus) {
	for {
		got, err := syscall.Wait4(-1, &status, syscall.WUNTRACED, nil)
		switch {
		case errors.Is(err, syscall.EINTR) || got != pid:
		case status.Stopped():
			stopSelf()
		default:
			return status
		}
	}
}

// guardSocket is the end of the socket that Guard has given us; -1: nobody
// guards us.
var guardSocket = -1

// Guarded takes the argument that [Guard] gave, and reports whether there is
// a guard.
func Guarded(argument string) bool {
	fd, err := strconv.Atoi(argument)
	if err != nil || fd < 3 {
		return false
	}
	if _, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil {
		return false
	}
	unix.CloseOnExec(fd)
	guardSocket, guard = fd, os.Getppid()
	return true
}

// guard is the process that started us. Its end cannot continue us if it came
// before our stop.
var guard int

func guardIsGone() bool { return guardSocket >= 0 && os.Getppid() != guard }

// HasGuard reports whether [Guarded] did.
func HasGuard() bool { return guardSocket >= 0 }

// Leader is the process that a user sees: our guard, or we, if there is none.
func Leader() int {
	if HasGuard() {
		return os.Getppid()
	}
	return os.Getpid()
}

// hearGuard gives what the guard passes on, until the guard is dead.
func hearGuard() <-chan os.Signal {
	passed := make(chan os.Signal, 8)
	if guardSocket < 0 {
		return passed
	}
	go func() {
		defer close(passed)
		b := make([]byte, 1)
		for {
			n, err := unix.Read(guardSocket, b)
			if n == 1 {
				passed <- syscall.Signal(b[0])
			} else if !errors.Is(err, unix.EINTR) {
				return
			}
		}
	}()
	return passed
}

// unguarded is our end after the guard's: the run has deadFor to end by
// itself, with everything below killed meanwhile.
func unguarded() {
	for late := time.After(deadFor); ; {
		endOurs()
		select {
		case <-time.After(10 * time.Millisecond):
		case <-late:
			os.Exit(128 + int(syscall.SIGKILL))
		}
	}
}
