//go:build !linux || skein_portable

package local

import (
	"os"
	"syscall"
	"time"
)

// place is where a slot waits: for what its readers have read.
type place struct{ read chan chunk }

// grip is what we have of a job beside its number.
type grip struct {
	files [2]*os.File   // its pipes, while somebody reads them
	over  chan struct{} // closed when nobody wants any more what was read
}

// chunk is what a reader has read; of the end of a pipe it has no buffer.
type chunk struct {
	pipe int
	buf  *[bufferSize]byte
	n    int
}

// attend takes what the job writes until it has been reaped and its pipes are
// at their end. A goroutine reads each pipe; that a child has ended is told by
// the bell. Whatever hears the bell may do so in place of us, so we look for
// the end before each wait.
func (s *slot) attend(j *job) {
	s.read(j)
	defer close(j.over)
	for {
		s.mind(j)
		if !j.reaped() {
			s.reap(j)
		}
		if !j.open() && j.reaped() {
			return
		}
		stop, kill, alarm := s.alarms(j)
		select {
		case c := <-s.place.read:
			s.take(j, c)
		case <-stop:
		case <-kill:
		case <-alarm:
		case <-s.bell:
		}
	}
}

// read starts the readers. A channel of their own for each job, as one of them
// may outlive it: a read of a terminal cannot be interrupted.
func (s *slot) read(j *job) {
	s.place.read = make(chan chunk)
	j.over = make(chan struct{})
	for i := range j.out {
		if fd := j.out[i].fd; fd >= 0 {
			j.files[i] = os.NewFile(uintptr(fd), "pipe")
			go read(j.files[i], i, s.place.read, j.over)
		}
	}
}

// read reads a pipe to its end, or until it is closed.
func read(f *os.File, pipe int, to chan<- chunk, over <-chan struct{}) {
	for {
		c := chunk{pipe: pipe, buf: buffers.Get().(*[bufferSize]byte)}
		n, err := f.Read(c.buf[:])
		if c.n = n; n <= 0 {
			buffers.Put(c.buf)
			c.buf = nil
		}
		if n > 0 || err != nil {
			select {
			case to <- c:
			case <-over:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// take takes what a reader has read.
func (s *slot) take(j *job, c chunk) {
	open := j.out[c.pipe].fd >= 0
	switch {
	case c.buf != nil:
		if open {
			s.saw(j, c.pipe, c.buf[:c.n])
			s.keep(j, c.pipe, c.buf[:c.n])
		}
		buffers.Put(c.buf)
	case open:
		s.hangUp(j, c.pipe)
	}
}

// shut closes our end of a pipe, which wakes its reader.
func (s *slot) shut(j *job, i int) {
	if j.files[i] == nil {
		syscall.Close(j.out[i].fd)
		return
	}
	j.files[i].Close()
}

// reap reaps the process if it has ended, and notes that it is stopped, but
// not if it was we who stopped it.
func (s *slot) reap(j *job) {
	s.system.starting.RLock()
	defer s.system.starting.RUnlock()
	var status syscall.WaitStatus
	pid, err := syscall.Wait4(j.pid, &status, syscall.WNOHANG|syscall.WUNTRACED, &j.usage)
	switch {
	case pid == j.pid && status.Stopped():
		s.held.Store(int32(status.StopSignal()))
		s.ring()
	case pid == j.pid || err == syscall.ECHILD: //errorlint: an errno, unwrapped
		j.status = status
		j.ended = time.Now()
		j.leave = s.system.now().Add(linger)
	}
}
