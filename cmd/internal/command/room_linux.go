package command

import "syscall"

// argMax is how many bytes the arguments and the environment of a process may
// have together: a quarter of its stack, but not more than 6 MiB.
func argMax() int {
	const least, most = 128 << 10, 6 << 20
	var stack syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_STACK, &stack) != nil {
		return least
	}
	return int(max(least, min(stack.Cur/4, most)))
}
