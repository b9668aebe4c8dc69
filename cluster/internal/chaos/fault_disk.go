package chaos

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// A server of which the disk was really full answers nobody until it is started
// again, though there is room: that is the operator's part.
var diskFull = Fault{
	Name: "the disk full and freed, the server started again", Root: true, bound: lease, maxBytes: 4 << 20,
	prepare: func(s *stage) error { return s.mount(s.nodes[0].part.Dir, 32<<20) },
	play: func(s *stage) error {
		for range s.times(2) {
			if !s.after(s.within(s.length()/20, s.length()/3)) {
				return nil
			}
			n, now := s.nodes[0], time.Now()
			free, err := fill(n.part.Dir)
			if err != nil {
				return err
			}
			s.after(s.within(0, 2*time.Second))
			if err := free(); err != nil {
				return err
			}
			if s.r.IntN(2) == 0 {
				n.kill()
			} else {
				n.drain()
			}
			if err := s.startNode(n); err != nil {
				return err
			}
			s.note(blow{from: now, to: time.Now(), since: time.Now()})
		}
		return nil
	},
}

// Embedded nobody else can start it again: package embed does, when it gets no
// answer and there is room. To get none takes two seconds, which begin up to half a
// second after the last time that there was no room.
var diskFullEmbedded = Fault{
	Name: "embedded: the disk full and freed", Root: true, embedded: true, maxBytes: 4 << 20,
	bound:   func(s Size) time.Duration { return lease(s) + 2500*time.Millisecond },
	prepare: func(s *stage) error { return s.mount(s.base.Dir, 32<<20) },
	play: func(s *stage) error {
		for range s.times(2) {
			if !s.after(s.within(s.length()/20, s.length()/3)) {
				return nil
			}
			now := time.Now()
			free, err := fill(s.base.Dir)
			if err != nil {
				return err
			}
			s.after(s.within(0, 5*time.Second))
			if err := free(); err != nil {
				return err
			}
			s.note(blow{from: now, to: time.Now(), since: time.Now()})
		}
		return nil
	},
}

// mount makes a disk of so many bytes.
func (s *stage) mount(dir string, size int) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if said, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprint("size=", size), "tmpfs", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("mount: %w: %s", err, said)
	}
	s.mounted = dir
	return nil
}

// fill takes all that is left of a disk.
func fill(dir string) (free func() error, err error) {
	name := filepath.Join(dir, "full")
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for block := make([]byte, 64<<10); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return nil, err
	}
	return func() error { return os.Remove(name) }, nil
}
