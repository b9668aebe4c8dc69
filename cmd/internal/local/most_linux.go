package local

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// atMost is how many slots there are at most.
const atMost = 4000

// argLimit is the kernel's limit for one argument, its end included.
const argLimit = 128 << 10

// processesAllowed counts processes and threads, as the system does.
func processesAllowed() int {
	n := number("/proc/sys/kernel/pid_max", 1<<30)/2 - spare
	n = min(n, number("/proc/sys/kernel/threads-max", 1<<30)/2-spare)
	var lim unix.Rlimit
	if os.Geteuid() != 0 && unix.Getrlimit(unix.RLIMIT_NPROC, &lim) == nil && lim.Cur < 1<<30 {
		n = min(n, int(lim.Cur)-ours()-spare)
	}
	if dir := controlGroup(); dir != "" {
		n = min(n, number(filepath.Join(dir, "pids.max"), 1<<30)-number(filepath.Join(dir, "pids.current"), 0)-spare)
	}
	return n
}

// ours are the processes of this user that RLIMIT_NPROC counts already.
func ours() (n int) {
	uid := strconv.Itoa(os.Getuid())
	files, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if _, after, ok := bytes.Cut(text, []byte("\nUid:\t")); ok && bytes.HasPrefix(after, []byte(uid+"\t")) {
			n++
		}
	}
	return n
}

// controlGroup is the folder of our control group, version 2; "" if none.
func controlGroup() string {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return filepath.Join("/sys/fs/cgroup", path)
		}
	}
	return ""
}

// number reads a file with one number; otherwise it is what is given.
func number(file string, otherwise int) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return otherwise
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return otherwise
	}
	return n
}
