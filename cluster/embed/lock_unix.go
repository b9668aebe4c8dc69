//go:build unix

package embed

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// lock waits until this program alone has the file locked. The lock ends with
// the program, whatever way that ends.
func lock(name string) (unlock func(), err error) { return flock(name, syscall.LOCK_EX) }

// occupy locks a directory for its server.
func occupy(dir string) (leave func(), err error) {
	return flock(filepath.Join(dir, "lock"), syscall.LOCK_EX|syscall.LOCK_NB)
}

// errOccupied is of occupy.
var errOccupied error = syscall.EWOULDBLOCK

// running reports whether a directory's server runs.
func running(dir string) bool {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), errOccupied)
}

func flock(name string, how int) (unlock func(), err error) {
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
	return func() { f.Close() }, nil
}
