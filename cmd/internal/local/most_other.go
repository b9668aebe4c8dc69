//go:build !linux

package local

import (
	"math"

	"golang.org/x/sys/unix"
)

// atMost is how many slots there are at most: each has two goroutines that
// read, and every end of a process makes all of them look for theirs.
const atMost = 1000

// argLimit is no limit: there is only one for all arguments together.
const argLimit = math.MaxInt

// processesAllowed is half of what this user may have; how many there are is
// not known.
func processesAllowed() int {
	var lim unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NPROC, &lim) != nil || lim.Cur > 1<<30 {
		return atMost
	}
	return int(lim.Cur)/2 - spare
}
