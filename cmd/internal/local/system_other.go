//go:build !linux || skein_portable

package local

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// kernel is what a run has of this system alone.
type kernel struct {
	children chan os.Signal // one of them has ended or stopped
}

// enlist begins to tell slots of their processes. There is no such thing as a
// reaper of orphans here: who has left the group of a task is nobody's.
func (y *system) enlist() error {
	y.children = make(chan os.Signal, 1)
	signal.Notify(y.children, syscall.SIGCHLD)
	y.worker.Go(y.tellSlots)
	return nil
}

func (y *system) discharge() { signal.Stop(y.children) }

// pruneEvery is how often groups are forgotten that jobs left behind and that
// have ended, before another process gets their number.
const pruneEvery = 250 * time.Millisecond

// tellSlots rings all slots when a child has ended or stopped. Only its slot
// may reap it, and which one that is only wait4 can say.
func (y *system) tellSlots() {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		select {
		case <-y.done:
			return
		case <-tick.C:
			known.prune(y.isJob)
		case <-y.children:
			y.mu.Lock()
			for _, s := range y.running {
				s.ring()
			}
			y.mu.Unlock()
		}
	}
}

// enter takes a process in that a slot will reap, and its group, which we end.
func (y *system) enter(pid int, s *slot) {
	y.mu.Lock()
	y.running[pid] = s
	y.mu.Unlock()
	known.enter(pid, int(s.seq.Load()))
}

// gone takes a process out again that the slot has reaped, unless another slot's has
// its number by now; its group stays if somebody is in it.
func (y *system) gone(pid int, s *slot) {
	y.mu.Lock()
	if y.running[pid] == s {
		delete(y.running, pid)
	}
	y.mu.Unlock()
	if !groupAlive(pid) {
		known.leave(pid)
	}
}

// isJob reports whether a slot will reap the process.
func (y *system) isJob(pid int) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	_, is := y.running[pid]
	return is
}

// tellAll tells what belongs to a job to end: its group.
func (s *slot) tellAll(j *job) { j.tellGroup() }

// endAll waits for the end of a job that was told to, and ends it after the
// grace.
func (s *slot) endAll(j *job) { s.endGroup(j) }

// leavings says what a job has left behind that has ended: its group counts for
// one.
func (s *slot) leavings(j *job) (n int, names []string) {
	if groupAlive(j.pid) {
		n = 1
	}
	return n, nil
}

// sweep ends the groups that jobs left behind, and returns how many there
// were. No slot may run.
func (y *system) sweep(grace time.Duration, killed <-chan struct{}) (n int, whose string) {
	killAt := y.now().Add(grace)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left := known.alive()
		if len(left) == 0 || y.now().After(killAt.Add(deadFor)) {
			return n, whose
		}
		sig := syscall.SIGKILL
		if y.now().Before(killAt) && (killed == nil || !closed(killed)) {
			sig = syscall.SIGTERM
		}
		if n == 0 {
			n, whose = len(left), known.owners(left)
			known.signal(syscall.SIGTERM)
			known.signal(syscall.SIGCONT)
		}
		if sig == syscall.SIGKILL {
			known.signal(sig)
		}
		select {
		case <-time.After(pause):
		case <-killed:
			killAt, killed = y.now(), nil
		}
	}
}

// signalJobs sends a signal to the group of each job and to what is left of
// earlier ones.
func (y *system) signalJobs(s syscall.Signal) { known.signal(s) }

// stopSelf returns when somebody has continued us. The signal may go to any
// thread, and this one run on for a moment: so it waits for the other signal.
func stopSelf() {
	on := make(chan os.Signal, 1)
	signal.Notify(on, syscall.SIGCONT)
	defer signal.Stop(on)
	syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	<-on
}
