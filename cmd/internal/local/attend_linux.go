//go:build linux && !skein_portable

package local

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a slot waits for its process with a thread of its
// own, which is the fastest way. After it the slot parks, which costs a
// few system calls, and no thread.
const patience = 10 * time.Millisecond

// grip is what we have of a job beside its number.
type grip struct {
	pidfd int          // 0 until it is needed
	tree  *tree        // what else to end with it; nil: the group is all
	heard map[int]bool // who of the tree got SIGTERM
}

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
	var n int
	var err error
	if p := s.space(o); len(p) > 0 {
		if n, err = unix.Read(o.fd, p); n > 0 {
			o.text.Wrote(n)
			s.saw(j, i, p[:n])
		}
	} else {
		buf := buffers.Get().(*[bufferSize]byte)
		defer buffers.Put(buf)
		if n, err = unix.Read(o.fd, buf[:]); n > 0 {
			s.saw(j, i, buf[:n])
			s.keep(j, i, buf[:n])
		}
	}
	if n <= 0 && err != unix.EINTR && err != unix.EAGAIN {
		s.hangUp(j, i)
	}
}

// space is where a read may put what belongs to the end of the text as it is.
func (s *slot) space(o *stream) []byte {
	if s.o.Lines || o.lost {
		return nil
	}
	return o.text.Space()
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

// shut closes our end of a pipe.
func (s *slot) shut(j *job, i int) { unix.Close(j.out[i].fd) }
