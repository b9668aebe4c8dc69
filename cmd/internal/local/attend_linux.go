package local

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/task"
)

const (
	// patience is how long a slot waits for its process with a thread of its
	// own, which is the fastest way. After it the slot parks, which costs a
	// few system calls, and no thread.
	patience = 10 * time.Millisecond

	// linger is how long what a process left behind may go on writing to its
	// pipes after it ended. Longer would let a forgotten `sleep &` hold the
	// slot; what is written later is refused, and the report tells.
	linger = time.Second
)

// attend reads what the job writes until it has been reaped and its pipes are
// at their end.
func (s *slot) attend(j *job) {
	for j.open() || !j.reaped() {
		ready := s.await(j)
		for i := range j.out {
			if ready[i].Revents != 0 {
				s.take(j, i, ready[i].Revents)
			}
		}
		if !j.reaped() && (ready[2].Revents != 0 || !j.open() || j.pidfd < 0) {
			s.reap(j)
		}
		s.mind(j)
	}
	if j.pidfd > 0 {
		unix.Close(j.pidfd)
	}
}

// await waits until something of the job is ready or must be minded.
func (s *slot) await(j *job) (p [3]unix.PollFd) {
	if !j.open() && j.pidfd == 0 {
		// It closed its pipes without ending, or is just about to end.
		if s.reap(j); j.reaped() {
			return p
		}
		j.pidfd = pidfd(j.pid)
	}
	p = [3]unix.PollFd{
		{Fd: int32(j.out[0].fd), Events: unix.POLLIN},
		{Fd: int32(j.out[1].fd), Events: unix.POLLIN},
		{Fd: -1, Events: unix.POLLIN},
	}
	if j.pidfd > 0 && !j.reaped() {
		p[2].Fd = int32(j.pidfd)
	}
	if s.system.wait(p[:], s.spell(j)) || j.pidfd < 0 {
		return p
	}
	if j.pidfd == 0 && !j.reaped() {
		j.pidfd = pidfd(j.pid)
		p[2].Fd = int32(j.pidfd)
	}
	s.park(j, p[:])
	poll(p[:], 0)
	return p
}

// spell is how long to wait before minding the job again.
func (s *slot) spell(j *job) time.Duration {
	if next := s.next(j); !next.IsZero() {
		return max(0, min(patience, time.Until(next)))
	}
	return patience
}

// park waits without a thread.
func (s *slot) park(j *job, p []unix.PollFd) {
	wake := s.place.watch(s.system, p)
	stop, kill, alarm := s.alarms(j)
	select {
	case <-wake:
	case <-stop:
	case <-kill:
	case <-alarm:
	}
}

// take reads once from a pipe that is ready.
func (s *slot) take(j *job, i int, revents int16) {
	o := &j.out[i]
	if revents&unix.POLLIN == 0 {
		s.hangUp(j, i)
		return
	}
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	n, err := unix.Read(o.fd, buf[:])
	switch {
	case n > 0:
		s.keep(j, i, buf[:n])
	case err != unix.EINTR && err != unix.EAGAIN:
		s.hangUp(j, i)
	}
}

// hangUp closes a pipe. A line without an end is a line now.
func (s *slot) hangUp(j *job, i int) {
	o := &j.out[i]
	unix.Close(o.fd)
	o.fd = -1
	if s.o.Lines && o.text.Len() > 0 {
		s.release(j, i)
	}
}

// reap reaps the process if it has ended.
func (s *slot) reap(j *job) {
	pid, err := syscall.Wait4(j.pid, &j.status, syscall.WNOHANG, &j.usage)
	if pid != j.pid && err != syscall.ECHILD {
		return
	}
	j.ended = time.Now()
	j.leave = j.ended.Add(linger)
}

// next is when the job must be minded although nothing happens; zero is never.
func (s *slot) next(j *job) (t time.Time) {
	earlier := func(u time.Time) {
		if t.IsZero() || u.Before(t) {
			t = u
		}
	}
	if s.o.Timeout > 0 && !j.told && !j.reaped() {
		earlier(j.began.Add(s.o.Timeout))
	}
	if j.told && !j.killed {
		earlier(j.killAt)
	}
	if j.reaped() {
		earlier(j.leave)
	}
	return t
}

// alarms are what may interrupt the wait for a job: the end of the run, the
// second signal, and time.
func (s *slot) alarms(j *job) (stop, kill <-chan struct{}, alarm <-chan time.Time) {
	if !j.told {
		stop = s.stopped
	}
	if !j.killed {
		kill = s.o.Kill
	}
	next := s.next(j)
	if next.IsZero() {
		return stop, kill, nil
	}
	if s.timer == nil {
		s.timer = time.NewTimer(time.Until(next))
	} else {
		s.timer.Reset(time.Until(next))
	}
	return stop, kill, s.timer.C
}

// mind does what is due: tells the job to stop, kills it, or closes pipes
// that something it left behind still holds.
func (s *slot) mind(j *job) {
	if !j.told && closed(s.stopped) {
		s.terminate(j, task.Cancelled, s.cause.Error())
	}
	if !j.killed && s.o.Kill != nil && closed(s.o.Kill) {
		s.kill(j)
	}
	next := s.next(j)
	if next.IsZero() || time.Now().Before(next) {
		return
	}
	switch {
	case j.told && !j.killed && next.Equal(j.killAt):
		s.kill(j)
	case j.reaped():
		s.abandon(j)
	default:
		s.terminate(j, task.TimedOut, fmt.Sprintf("it took longer than %v", s.o.Timeout))
	}
}

// terminate tells the job's group to end. A process that has already ended by
// itself keeps its outcome.
func (s *slot) terminate(j *job, reason task.Outcome, cause string) {
	if !j.reaped() {
		s.reap(j)
	}
	if !j.reaped() {
		j.reason, j.cause = reason, cause
	}
	j.told, j.killAt = true, time.Now().Add(s.o.Grace)
	syscall.Kill(-j.pid, syscall.SIGTERM)
	// Those that were stopped would not hear it.
	syscall.Kill(-j.pid, syscall.SIGCONT)
}

func (s *slot) kill(j *job) {
	if !j.told {
		s.terminate(j, task.Cancelled, "killed")
	}
	j.killed = true
	syscall.Kill(-j.pid, syscall.SIGKILL)
}

// abandon closes the pipes that something still holds after the process has
// ended: at once if the group is empty, so that it can only be a process in a
// session of its own, or when it was not us who ended it.
func (s *slot) abandon(j *job) {
	if !j.settled {
		// Perhaps it is only a process that another slot is starting, which
		// has our pipes until its program is loaded: look once more after it.
		s.system.settle()
		j.settled = true
		return
	}
	if j.told && groupAlive(j.pid) && !j.killed {
		j.leave = time.Now().Add(20 * time.Millisecond)
		return
	}
	if !j.told && j.cause == "" {
		j.cause = fmt.Sprintf("it left a process behind whose output is not waited for longer than %v", linger)
	}
	for i := range j.out {
		if j.out[i].fd >= 0 {
			s.hangUp(j, i)
		}
	}
}

// groupAlive reports whether there is a process in the group.
func groupAlive(pgid int) bool {
	return !errors.Is(syscall.Kill(-pgid, 0), syscall.ESRCH)
}
