package local

import (
	"bytes"
	"errors"
	"sync"
	"time"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// bufferSize is what a pipe holds.
const bufferSize = 64 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// fullFor is how long a full disk may stay full, with nothing written out
// that would give room back, until we give up.
const fullFor = 10 * time.Second

// linger is how long what a process left behind may go on writing to its
// pipes after it ended. Longer would let a forgotten `sleep &` hold the
// slot; what is written later is refused, and the report tells.
const linger = time.Second

// saw counts and shows what was read from a pipe.
func (s *slot) saw(j *job, i int, p []byte) {
	j.out[i].read += int64(len(p))
	if s.o.Wrote != nil {
		s.o.Wrote(s.n, j.event.Spec.Seq, p)
	}
}

// hangUp closes a pipe. A line without an end is a line now.
func (s *slot) hangUp(j *job, i int) {
	o := &j.out[i]
	s.shut(j, i)
	o.fd = -1
	if s.o.Lines && o.text.Len() > 0 {
		s.release(j, i)
	}
}

// keep adds what the job wrote to its text, and gives its whole lines away if
// they are wanted as they come.
func (s *slot) keep(j *job, i int, p []byte) {
	if !s.o.Lines {
		s.add(j, i, p)
		return
	}
	end := bytes.LastIndexByte(p, '\n') + 1
	if end > 0 {
		s.add(j, i, p[:end])
		s.release(j, i)
	}
	s.add(j, i, p[end:])
}

// add puts p into the text. While the disk is full the pipe is not read, and
// the job waits.
func (s *slot) add(j *job, i int, p []byte) {
	o := &j.out[i]
	if o.lost || len(p) == 0 {
		return
	}
	if o.text == nil {
		o.text = s.spool.Text()
	}
	for {
		n, err := o.text.Append(p)
		if err == nil {
			return
		}
		p = p[n:]
		if errors.Is(err, spool.ErrFull) && s.hasTurn(j) {
			s.release(j, i)
			o.text = s.spool.Text()
			continue
		}
		if !errors.Is(err, spool.ErrFull) || !s.awaitRoom(j, o.text, &p) {
			o.lost = true
			s.fault(err)
			return
		}
	}
}

// hasTurn says that the output of the job need not wait for that of others.
func (s *slot) hasTurn(j *job) bool {
	return s.o.Turn != nil && s.o.Turn() == j.event.Spec.Place
}

// release sends the text, which ends with a whole line, as an event.
func (s *slot) release(j *job, i int) {
	o := &j.out[i]
	text := o.text
	o.text = nil
	if i == 1 {
		end, _ := text.Tail(task.LastBytes)
		o.tail = append(o.tail, end...)
		o.tail = bytes.Clone(o.tail[max(0, len(o.tail)-task.LastBytes):])
	}
	ev := j.event
	ev.Kind, ev.Time = task.Output, time.Now()
	if i == 0 {
		ev.Stdout = text
	} else {
		ev.Stderr = text
	}
	s.send(j, ev)
}

// awaitRoom waits until room comes back in the spool, and reports whether it
// did.
func (s *slot) awaitRoom(j *job, t *spool.Text, p *[]byte) bool {
	room := s.spool.Room()
	// Some may have come back just before we asked for more.
	n, err := t.Append(*p)
	*p = (*p)[n:]
	if err == nil {
		return true
	}
	giveUp := time.NewTimer(fullFor)
	defer giveUp.Stop()
	look := time.NewTicker(fullFor / 100) // it may get its turn, which makes no room
	defer look.Stop()
	for {
		stop, kill, alarm := s.alarms(j)
		select {
		case <-room:
			return true
		case <-look.C:
			if s.hasTurn(j) {
				return true
			}
		case <-giveUp.C:
			return false
		case <-stop:
		case <-kill:
		case <-alarm:
		case <-s.bell:
		}
		if s.mind(j); j.killed {
			return false // what it wrote is not whole, which must be told
		}
	}
}
