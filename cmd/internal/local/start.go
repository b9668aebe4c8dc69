package local

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/spawn"
	"example.com/skein/cmd/internal/task"
)

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
		err := s.launch(j, path, cmd)
		if err == nil {
			return nil
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(scarceFor)
		}
		if !scarce(err) || s.system.alone() && time.Now().After(deadline) {
			return s.system.explain(err, cmd)
		}
		select {
		case <-time.After(pause):
		case <-s.halted:
			return fmt.Errorf("the run was halted before it could be started: %w", err)
		}
	}
}

// launch makes what the job writes to, and the process.
func (s *slot) launch(j *job, path string, cmd task.Command) error {
	e, err := s.ends()
	if err != nil {
		return err
	}
	defer e.close()
	j.began, j.clock = time.Now(), s.system.now()
	s.held.Store(0)
	pid, err := s.system.fork(s, path, cmd, s.environment(j.seq, j.attempt), &e)
	if err != nil {
		e.drop()
		return err
	}
	j.pid = pid
	j.out[0].fd, j.out[1].fd = e.ours[0], e.ours[1]
	return nil
}

// fork starts a process and enters it among those that run, so that the
// reaper of orphans leaves it alone.
func (y *system) fork(s *slot, path string, cmd task.Command, env []string, e *ends) (int, error) {
	o := spawn.Options{Env: withOwn(env, cmd), Dir: cmp.Or(cmd.Dir, y.dir), Files: [3]int{e.in, e.out, e.err}, Terminal: e.tty}
	y.starting.RLock()
	defer y.starting.RUnlock()
	pid, err := spawn.Start(path, cmd.Argv, o)
	if !spawn.IsQuick() {
		y.raise()
	}
	if errors.Is(err, syscall.ENOEXEC) {
		// A script without its first line: the shell runs it, as execvp has it.
		pid, err = spawn.Start("/bin/sh", append([]string{"sh", path}, cmd.Argv[1:]...), o)
	}
	if err != nil {
		return 0, err
	}
	y.enter(pid, s)
	return pid, nil
}

// settle waits until no start is under way that had begun before.
func (y *system) settle() {
	y.starting.Lock()
	defer y.starting.Unlock()
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
func (y *system) explain(err error, cmd task.Command) error {
	argv := cmd.Argv
	file, dir := argv[0], cmp.Or(cmd.Dir, y.dir)
	if dir != "" && !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	var opened *os.PathError
	switch {
	case errors.As(err, &opened):
		return err
	case cmd.Dir != "" && !isDir(cmd.Dir):
		return fmt.Errorf("directory %s: %w", cmd.Dir, err)
	case y.dir != "" && !isDir(y.dir):
		return fmt.Errorf("--chdir %s: %w", y.dir, err)
	case errors.Is(err, syscall.ENOENT) && executable(file) == nil:
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

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
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
