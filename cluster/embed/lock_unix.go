//go:build unix

package embed

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lock waits until this program alone has the file locked. The lock ends with
// the program, whatever way that ends.
func lock(name string) (unlock func(), err error) {
	f, err := flock(name, syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	return func() { f.Close() }, nil
}

// occupy locks a directory for its server, which calls ready when it can be asked.
func occupy(dir string) (ready func() error, leave func(), err error) {
	f, err := occupied(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, nil, err
	}
	if err := f.Truncate(0); err != nil { // it was ready before
		f.Close()
		return nil, nil, err
	}
	ready = func() error {
		_, err := f.WriteAt([]byte(readyText), 0)
		return err
	}
	return ready, func() { f.Close() }, nil
}

// occupied locks a file. Who looks whether a server runs has it locked for a moment
// too, so it is tried for a while.
func occupied(name string) (*os.File, error) {
	for late := time.Now().Add(insisting); ; {
		f, err := flock(name, syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil || !errors.Is(err, errOccupied) || time.Now().After(late) {
			return f, err
		}
		<-time.After(insisting / 50)
	}
}

// insisting is how long it is tried to lock a directory.
const insisting = 500 * time.Millisecond

// starting reports whether a directory's server runs, and cannot be asked yet.
func starting(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, lockFile))
	return err == nil && string(text) != readyText && running(dir)
}

// errOccupied is of occupy.
var errOccupied error = syscall.EWOULDBLOCK

// running reports whether a directory's server runs.
func running(dir string) bool {
	f, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), errOccupied)
}

func flock(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
