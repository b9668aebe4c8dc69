package local

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/task"
)

// argLimit is the kernel's limit for one argument, its end included.
const argLimit = 128 << 10

// scarceFor is how long a start is tried again when descriptors, memory or
// processes have run out.
const scarceFor = 10 * time.Second

// start starts the process of cmd. An error is a *task.NotRunnable if it is
// the command word's.
func (s *slot) start(j *job, cmd task.Command) error {
	path, err := s.system.look(cmd.Argv[0])
	if err != nil {
		return err
	}
	var deadline time.Time
	for pause := time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		err := s.launch(j, path, cmd.Argv)
		if err == nil {
			return nil
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(scarceFor)
		}
		if !scarce(err) || s.system.alone() && time.Now().After(deadline) {
			return explain(err, cmd.Argv)
		}
		select {
		case <-time.After(pause):
		case <-s.halted:
			return fmt.Errorf("the run was halted before it could be started: %w", err)
		}
	}
}

// launch makes the pipes and the process.
func (s *slot) launch(j *job, path string, argv []string) error {
	in := s.system.null
	if j.block != nil {
		fd, e := blockFile(j.block)
		if e != nil {
			return e
		}
		defer unix.Close(fd)
		in = fd
	}
	var out, err [2]int
	if e := unix.Pipe2(out[:], unix.O_CLOEXEC); e != nil {
		return e
	}
	defer unix.Close(out[1])
	if e := unix.Pipe2(err[:], unix.O_CLOEXEC); e != nil {
		unix.Close(out[0])
		return e
	}
	defer unix.Close(err[1])
	j.began = time.Now()
	pid, e := s.system.fork(path, argv, j.env, in, out[1], err[1])
	if e != nil {
		unix.Close(out[0])
		unix.Close(err[0])
		return e
	}
	j.pid = pid
	s.system.guard.set(s.n, pid)
	j.out[0].fd, j.out[1].fd = out[0], err[0]
	return nil
}

// fork starts a process and enters it among those that run, so that the
// reaper of orphans leaves it alone.
func (y *system) fork(path string, argv, env []string, in, out, err int) (int, error) {
	attr := &syscall.ProcAttr{
		Env:   env,
		Files: []uintptr{uintptr(in), uintptr(out), uintptr(err)},
		// A session of its own, so that a program which asks at the terminal
		// fails at once. Pdeathsig comes when our thread ends, not only our
		// process: no goroutine here may end while locked to its thread.
		Sys: &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL},
	}
	y.starting.RLock()
	defer y.starting.RUnlock()
	pid, e := syscall.ForkExec(path, argv, attr)
	if errors.Is(e, syscall.ENOEXEC) {
		// A script without its first line: the shell runs it, as execvp has it.
		pid, e = syscall.ForkExec("/bin/sh", append([]string{"sh", path}, argv[1:]...), attr)
	}
	if e != nil {
		return 0, e
	}
	y.mu.Lock()
	y.running[pid] = struct{}{}
	y.mu.Unlock()
	return pid, nil
}

// environment is that of a task: the run's, and which task of it it is.
func (s *slot) environment(spec task.Spec) []string {
	if s.o.Run == "" {
		return s.system.env
	}
	env := slices.Clip(s.system.env)
	return append(env, "SKEIN_RUN="+s.o.Run, "SKEIN_TASK="+strconv.Itoa(spec.Seq))
}

// settle waits until no start is under way that had begun before.
func (y *system) settle() {
	y.starting.Lock()
	defer y.starting.Unlock()
}

// gone takes a process out again, after it was reaped.
func (y *system) gone(pid int) {
	y.mu.Lock()
	delete(y.running, pid)
	y.mu.Unlock()
}

// alone reports whether no process runs whose end would give room.
func (y *system) alone() bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return len(y.running) == 0
}

// scarce reports whether an error goes away when others end.
func scarce(err error) bool {
	for _, e := range []syscall.Errno{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// explain gives the error of a start the words a user needs.
func explain(err error, argv []string) error {
	switch {
	case errors.Is(err, syscall.ENOENT) && executable(argv[0]) == nil:
		return &task.NotRunnable{Word: argv[0], Status: 127, Err: errNoInterpreter}
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return &task.NotRunnable{Word: argv[0], Status: 127, Err: err}
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.ENOEXEC), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.EPERM):
		return &task.NotRunnable{Word: argv[0], Status: 126, Err: err}
	case errors.Is(err, syscall.E2BIG):
		return tooLong(argv)
	}
	return fmt.Errorf("start %s: %w", argv[0], err)
}

func tooLong(argv []string) error {
	longest, sum := 0, 0
	for _, a := range argv {
		longest = max(longest, len(a))
		sum += len(a) + 1
	}
	if longest >= argLimit {
		return fmt.Errorf("argument too long: %d bytes, the limit for one is %d", longest, argLimit-1)
	}
	return fmt.Errorf("arguments too long: %d bytes together with the environment's are more than the system takes", sum)
}
