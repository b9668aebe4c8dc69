package attach

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Home is the directory of the sockets: $XDG_RUNTIME_DIR/skein or, where there
// is none, $XDG_STATE_HOME/skein/live. It makes the directory if need be, and
// refuses one that others can get into.
func Home() (string, error) {
	dir, err := place()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	switch {
	case !info.IsDir():
		return "", fmt.Errorf("%s: is not a directory", dir)
	case int(owner) != os.Getuid():
		return "", fmt.Errorf("%s: belongs to another user", dir)
	case info.Mode().Perm()&0o077 != 0:
		return "", fmt.Errorf("%s: others can get in; chmod 700 closes it", dir)
	}
	return dir, nil
}

func place() (string, error) {
	// A name that is not absolute is to be ignored, the specification says.
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "skein"), nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "skein", "live"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "skein", "live"), nil
}
