package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watcher looks at a process while it runs. What wait4 tells of the peak
// cannot be used: it includes what we were when the process was forked off.
type watcher struct {
	quit chan struct{}
	peak chan [2]int64
}

const lookEvery = 5 * time.Millisecond

// watch follows p until stop, and ends it once enough bytes are in out.
func watch(p *os.Process, out *os.File, enough int64) *watcher {
	w := &watcher{quit: make(chan struct{}), peak: make(chan [2]int64, 1)}
	go func() {
		var peak [2]int64
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-w.quit:
				w.peak <- peak
				return
			case <-tick.C:
			}
			family := family(p.Pid)
			peak[0] = max(peak[0], sum(family, highWater))
			if n%20 == 0 { // a link for each open file: dear
				peak[1] = max(peak[1], sum(family, nameless))
			}
			if info, err := out.Stat(); err == nil && enough > 0 && info.Size() >= enough {
				p.Signal(syscall.SIGTERM)
				enough = 0 // once: a second signal asks for more haste
			}
		}
	}()
	return w
}

// stop returns the peaks of the resident size and of files without a name, in
// bytes.
func (w *watcher) stop() (resident, nameless int64) {
	close(w.quit)
	peak := <-w.peak
	return peak[0], peak[1]
}

// family is a process and those below it that execute the same program.
func family(pid int) []int {
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return nil
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		for _, child := range children(all[i]) {
			if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", child)); err == nil && exe == program && !slices.Contains(all, child) && !sharesMemory(all[i], child) {
				all = append(all, child)
			}
		}
	}
	return all
}

// sharesMemory says that a process is one of pid's jobs that has yet to execute
// its own program.
func sharesMemory(pid, child int) bool {
	const memory = 1 // KCMP_VM
	order, _, err := syscall.Syscall6(unix.SYS_KCMP, uintptr(pid), uintptr(child), memory, 0, 0, 0)
	return err == 0 && order == 0
}

// children are those that any thread of the process has started.
func children(pid int) (all []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for word := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}

func sum(pids []int, of func(pid int) int64) (all int64) {
	for _, pid := range pids {
		all += of(pid)
	}
	return all
}

// highWater is the peak so far, 0 for a process that has ended.
func highWater(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0
	}
	kb, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}

// nameless is what the files that have been unlinked and are still open take of
// a disk.
func nameless(pid int) (bytes int64) {
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, link := range links {
		name, err := os.Readlink(link)
		if err != nil || !strings.HasSuffix(name, " (deleted)") || strings.HasPrefix(name, "/memfd:") {
			continue
		}
		var info syscall.Stat_t
		if syscall.Stat(link, &info) == nil {
			bytes += info.Blocks * 512
		}
	}
	return bytes
}
