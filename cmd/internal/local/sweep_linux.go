//go:build linux && !skein_portable

package local

import (
	"syscall"
	"time"
)

// orphanEvery is how often orphans that have ended are reaped.
const orphanEvery = 250 * time.Millisecond

// reapOrphans reaps, now and then, what jobs left behind and has ended.
func (y *system) reapOrphans() {
	tick := time.NewTicker(orphanEvery)
	defer tick.Stop()
	for {
		select {
		case <-y.done:
			return
		case <-tick.C:
			y.reapEnded()
			y.findHeld()
		}
	}
}

// reapEnded reaps ended children that no slot waits for. It looks before it
// reaps: wait4(-1) would take a job's exit status away from its slot.
func (y *system) reapEnded() {
	for jobs := 0; jobs < 50; {
		pid := ended()
		if pid == 0 {
			return
		}
		y.starting.Lock()
		y.mu.Lock()
		_, job := y.running[pid]
		y.mu.Unlock()
		y.starting.Unlock()
		if y.others[pid] {
			return // nobody waits for it, and it hides the others
		}
		if job { // it hides the others for a moment
			jobs++
			<-time.After(time.Millisecond)
			continue
		}
		syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
	}
}

// sweep ends what jobs left behind, in sessions of their own too, and returns
// how many there were. No slot may run.
func (y *system) sweep(grace time.Duration, killed <-chan struct{}) (n int, whose string) {
	if !hasChildren() {
		return 0, ""
	}
	killAt := y.now().Add(grace)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left := below(y.others, true)
		if y.now().After(killAt.Add(deadFor)) {
			return n, whose
		}
		sig := syscall.SIGKILL
		if y.now().Before(killAt) && (killed == nil || !closed(killed)) {
			sig = syscall.SIGTERM
		}
		if len(left) == 0 {
			if !sweepOwn(y.others, sig, true) {
				return n, whose
			}
			n, pause = max(n, 1), time.Millisecond/4
			if sig == syscall.SIGKILL {
				continue // what is so short-lived is only met by chance
			}
		}
		if n == 0 || sig == syscall.SIGKILL {
			if n == 0 {
				whose = owners(left)
			}
			n = max(n, len(left))
			for _, pid := range left {
				syscall.Kill(pid, sig)
				syscall.Kill(pid, syscall.SIGCONT)
			}
		}
		select {
		case <-time.After(pause):
		case <-killed:
			killAt = y.now()
		}
	}
}
