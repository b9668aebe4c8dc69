//go:build !linux

package command

// argMax is how many bytes the arguments and the environment of a process may
// have together: the smallest of the systems in use, which is that of BSD.
func argMax() int { return 256 << 10 }
