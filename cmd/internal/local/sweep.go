package local

import (
	"syscall"
	"time"

	"example.com/skein/cmd/internal/task"
)

// deadFor is how long a process may take to die of SIGKILL until we stop
// waiting for it: the kernel may hold it.
const deadFor = 2 * time.Second

// endGroup waits until the group of a job that was told to stop is empty, and
// kills it after the grace.
func (s *slot) endGroup(j *job) {
	var dead time.Time
	for pause := time.Millisecond; groupAlive(j.pid); pause = min(2*pause, 20*time.Millisecond) {
		reapGroup(j.pid)
		var kill <-chan struct{}
		if !j.killed {
			kill = s.o.Kill
		}
		select {
		case <-time.After(pause):
		case <-kill:
			s.kill(j)
		}
		now := s.system.now()
		switch {
		case !j.killed && now.After(j.killAt):
			s.kill(j)
		case j.killed && dead.IsZero():
			dead = now.Add(deadFor)
		case j.killed && now.After(dead):
			return
		}
	}
}

// reapGroup reaps those of a job's group that became our children.
func reapGroup(pgid int) {
	for {
		if pid, err := syscall.Wait4(-pgid, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
			return
		}
	}
}

// tidy ends what the process of a job that has ended by itself has left behind: by
// SIGTERM and, after the grace, by SIGKILL.
func (s *slot) tidy(j *job) {
	reapGroup(j.pid)
	if j.left, j.leftNames = s.leavings(j); j.left == 0 {
		return
	}
	j.told, j.killAt = true, s.system.now().Add(s.o.Grace)
	s.tellAll(j)
	s.endAll(j)
}

// leftBehind tells how many processes were ended with the run, and whose they
// were.
func leftBehind(n int, whose string) task.Event {
	return task.Event{Kind: task.Swept, Time: time.Now(), Left: n, Cause: whose}
}
