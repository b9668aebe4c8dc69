package local

import "golang.org/x/sys/unix"

const (
	perJob = 4  // descriptors: two pipes and a pidfd, and more while it starts, which few do at once
	spare  = 64 // descriptors, processes and threads of our own
)

// Most is how many tasks may run at a time: what descriptors, processes and
// the control group, if there is one, allow, at least 1; at most 4000, and on
// systems other than Linux 1000.
func Most() int {
	n := min(atMost, descriptors()/perJob, processesAllowed())
	return max(1, n)
}

// descriptors are those we may open. Go has raised the soft limit to the hard
// one, and gives the jobs what it was.
func descriptors() int {
	var lim unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &lim) != nil || lim.Cur > 1<<30 {
		return 1 << 30
	}
	return int(lim.Cur) - spare
}
