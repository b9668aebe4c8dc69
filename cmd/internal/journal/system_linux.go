package journal

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// datasync brings what was written to the disk.
func datasync(f *os.File) error {
	err := unix.Fdatasync(int(f.Fd()))
	if err == unix.EINVAL { // a file system that has no such thing
		return nil
	}
	return os.NewSyscallError("fdatasync", err)
}

// Boot names the time since the system was started.
func Boot() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// allocate gives a file room on the disk, as far as there is.
func allocate(f *os.File, size int64) error { return unix.Fallocate(int(f.Fd()), 0, 0, size) }
