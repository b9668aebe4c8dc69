package journal

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockFile opens a file, makes it if need be, and locks it for as long as it
// is open. The lock goes with the process, whatever ends it.
func lockFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, ErrRunning
	}
	return nil, os.NewSyscallError("flock", err)
}

// releasedAfter is how long a lock may outlive its process: a child that is
// about to execute its program has it until then, and the one that a killed
// guard has guarded while it ends the tasks.
const releasedAfter = 5 * time.Second

// lock locks the journal in dir. If the process that kept it last is dead it
// waits a moment for the lock.
func lock(dir string) (*os.File, error) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(releasedAfter); ; {
		f, err := lockFile(filepath.Join(dir, journalName))
		if !errors.Is(err, ErrRunning) {
			return f, err
		}
		if s, err := Read(dir); err != nil || s.Last().isAlive() {
			return nil, ErrRunning
		}
		select {
		case <-tick.C:
		case <-late:
			return nil, ErrRunning
		}
	}
}

// isAlive reports whether the process of the run is there.
func (r Run) isAlive() bool {
	return r.Boot == Boot() && !errors.Is(unix.Kill(r.PID, 0), unix.ESRCH)
}

// IsRunning reports whether some process keeps the journal.
func (s *State) IsRunning() bool {
	if !s.Last().isAlive() {
		return false
	}
	f, err := os.Open(filepath.Join(s.Dir, journalName))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}
