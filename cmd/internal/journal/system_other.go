//go:build !linux

package journal

import "os"

// datasync brings what was written to the disk.
func datasync(f *os.File) error { return f.Sync() }

// Boot names the time since the system was started; here nothing does.
func Boot() string { return "" }

// KnowsSurvivors says whether [Survivors] can find any.
const KnowsSurvivors = false

// Survivors gives the processes of a run by task; here nobody tells the
// environment of another process.
func Survivors(string) map[int][]int { return nil }

// allocate gives a file room on the disk, as far as there is.
func allocate(f *os.File, size int64) error {
	_, err := f.Write(make([]byte, size))
	return err
}
