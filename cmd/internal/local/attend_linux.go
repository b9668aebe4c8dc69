package local

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
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
		return max(0, min(patience, s.system.until(next)))
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
	case <-s.bell:
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
		o.read += int64(n)
		if s.o.Wrote != nil {
			s.o.Wrote(s.n, j.event.Spec.Seq, buf[:n])
		}
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
	j.leave = s.system.now().Add(linger)
}
