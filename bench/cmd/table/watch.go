package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// watcher looks at a process while it runs. What wait4 tells of the peak
// cannot be used: it includes what we were when the process was forked off.
type watcher struct {
	quit chan struct{}
	peak chan int64
}

const lookEvery = 5 * time.Millisecond

// watch follows p until stop, and ends it once enough bytes are in out.
func watch(p *os.Process, out *os.File, enough int64) *watcher {
	w := &watcher{quit: make(chan struct{}), peak: make(chan int64, 1)}
	go func() {
		var peak int64
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-w.quit:
				w.peak <- peak
				return
			case <-tick.C:
			}
			peak = max(peak, highWater(p.Pid))
			if info, err := out.Stat(); err == nil && enough > 0 && info.Size() >= enough {
				p.Signal(syscall.SIGTERM)
				enough = 0 // once: a second signal asks for more haste
			}
		}
	}()
	return w
}

// stop returns the peak of the resident size, in bytes.
func (w *watcher) stop() int64 {
	close(w.quit)
	return <-w.peak
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
