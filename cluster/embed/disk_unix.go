//go:build linux || darwin

package embed

import "syscall"

// freeOn is how many bytes this user may still write on the disk of a directory;
// negative: it is not known.
func freeOn(dir string) int64 {
	var disk syscall.Statfs_t
	if syscall.Statfs(dir, &disk) != nil {
		return -1
	}
	return int64(disk.Bavail * uint64(disk.Bsize))
}
