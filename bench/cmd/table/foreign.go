package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ticks is processor time since the machine started, in the kernel's units.
type ticks struct {
	total int64 // of all processors, idle or not
	idle  int64
	own   int64 // ours and our children's, as far as they have ended
}

// now reads the clock of the processors; where there is none, all is 0.
func now() ticks {
	stat, _ := os.ReadFile("/proc/stat")
	self, _ := os.ReadFile("/proc/self/stat")
	return count(string(stat), string(self))
}

// count reads the first line of /proc/stat, and of /proc/self/stat what stands
// behind the name, which may contain anything but ends with the last bracket.
func count(stat, self string) (t ticks) {
	line, _, _ := strings.Cut(stat, "\n")
	for i, word := range strings.Fields(line) {
		n, _ := strconv.ParseInt(word, 10, 64)
		if i == 4 || i == 5 { // idle, waiting for a disk
			t.idle += n
		}
		if i <= 8 { // the rest, guests, is in these already
			t.total += n
		}
	}
	f := strings.Fields(self[strings.LastIndexByte(self, ')')+1:])
	for _, i := range []int{11, 12, 13, 14} { // user and system, ours and the children's
		if i < len(f) {
			n, _ := strconv.ParseInt(f[i], 10, 64)
			t.own += n
		}
	}
	return t
}

// foreign says how much of the machine others used since then: how far the
// figures can be trusted.
func (then ticks) foreign(now ticks) string {
	total := now.total - then.total
	if total <= 0 {
		return ""
	}
	others := total - (now.idle - then.idle) - (now.own - then.own)
	return fmt.Sprintf("others used %d %% of the processors meanwhile", max(0, 100*others/total))
}
