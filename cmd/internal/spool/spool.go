// Package spool keeps what tasks write until somebody wants it: a little of
// each in memory, the rest in one file for the whole run.
//
// A [Spool] belongs to a run; [Spool.Text] gives a [Text] for one stream of
// one task. The file is made when it is first needed and has no name, so
// nothing of it can be left behind.
package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

const blockSize = 64 << 10 // as much as a pipe holds

// ErrFull is wrapped by errors of Append that go away when other texts are
// freed.
var ErrFull = errors.New("no room for output")

// Spool is the memory and the file of one run. It is safe for concurrent use.
type Spool struct {
	dir    string
	memory int64        // texts begin to be frugal when together they hold more
	bound  int64        // Hold holds when the file has more bytes in use; 0: not known yet
	held   atomic.Int64 // bytes of buffers that texts hold

	mu    sync.Mutex
	file  *os.File
	end   int64   // where the file grows
	free  []int64 // offsets of blocks given back
	live  int     // blocks in use
	lent  int64   // bytes of memory for what a full file did not take
	shelf shelf
	room  chan struct{} // closed when a block comes back; nil if nobody asked
}

// shelf is the block that short texts share.
type shelf struct {
	at   int64
	used int64         // blockSize: there is no such block
	refs map[int64]int // texts on each shared block, by its offset
}

// New gives a spool whose file will be in dir. It holds about memory bytes
// before it puts aside in the file what it otherwise would not.
func New(dir string, memory int64) *Spool {
	return &Spool{dir: dir, memory: memory, shelf: shelf{used: blockSize, refs: map[int64]int{}}}
}

// Bound says how many bytes of the file may be in use before [Spool.Hold]
// asks for patience. Without it that is 1 GiB or, if that is less, a tenth of
// what is free where the file is. Call it before the first text.
func (s *Spool) Bound(bytes int64) { s.bound = bytes }

// Hold gives nil while there is room for what more tasks may write. Otherwise
// it gives a channel that is closed when that should be asked again. What
// runs already may go on: nothing is refused because of the bound.
func (s *Spool) Hold() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil || int64(s.live)*blockSize <= s.bound {
		return nil
	}
	return s.ask()
}

// Text gives an empty text.
func (s *Spool) Text() *Text { return &Text{spool: s} }

// short reports whether texts hold more memory than they should.
func (s *Spool) short() bool { return s.held.Load() > s.memory }

// ample reports whether there is memory for more than texts must have.
func (s *Spool) ample() bool { return s.held.Load() <= s.memory/8*5 }

// Room gives a channel that is closed when a block of the file is given back
// after the call.
func (s *Spool) Room() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ask()
}

func (s *Spool) ask() <-chan struct{} {
	if s.room == nil {
		s.room = make(chan struct{})
	}
	return s.room
}

// Close gives the file back to the system.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// put writes p, at most a block, to the file and says where.
func (s *Spool) put(p []byte) (extent, error) {
	if err := s.open(); err != nil {
		return extent{}, err
	}
	short := len(p) <= blockSize/4
	at := s.take(short, int64(len(p)))
	e := extent{at: at, n: int32(len(p)), shared: short}
	if _, err := s.file.WriteAt(p, at); err != nil {
		// Quietly: this is no room for those who wait for some, and they
		// would wake each other for ever.
		s.mu.Lock()
		s.release(e)
		s.mu.Unlock()
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return extent{}, fmt.Errorf("%w: %w", ErrFull, err)
		}
		return extent{}, fmt.Errorf("put output aside: %w", err)
	}
	return e, nil
}

func (s *Spool) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		return nil
	}
	f, err := os.CreateTemp(s.dir, "skein-*")
	if err != nil {
		return fmt.Errorf("make the temporary file for output: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return fmt.Errorf("unlink the temporary file for output: %w", err)
	}
	if s.bound == 0 {
		s.bound = boundOf(f)
	}
	s.file = f
	return nil
}

// boundOf is how much of the file may be in use if nobody has said it.
func boundOf(f *os.File) int64 {
	const most = 1 << 30
	var disk unix.Statfs_t
	if unix.Fstatfs(int(f.Fd()), &disk) != nil {
		return most
	}
	return max(1, min(most, int64(disk.Bavail)*int64(disk.Bsize)/10))
}

// read reads len(p) bytes of an extent of the file, from an offset in it.
func (s *Spool) read(p []byte, e extent, from int64) error {
	if _, err := s.file.ReadAt(p, e.at+from); err != nil {
		return fmt.Errorf("read output put aside: %w", err)
	}
	return nil
}

// take finds n bytes of the file: a block, or a place on the shared one.
func (s *Spool) take(short bool, n int64) (at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !short {
		return s.block()
	}
	if s.shelf.used+n > blockSize {
		s.shelf.at, s.shelf.used = s.block(), 0
	}
	at = s.shelf.at + s.shelf.used
	s.shelf.used += n
	s.shelf.refs[s.shelf.at]++
	return at
}

func (s *Spool) block() int64 {
	s.live++
	if n := len(s.free); n > 0 {
		at := s.free[n-1]
		s.free = s.free[:n-1]
		return at
	}
	at := s.end
	s.end += blockSize
	return at
}

// drop gives an extent back.
func (s *Spool) drop(e extent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.mem != nil {
		s.lent -= int64(len(e.mem))
	} else {
		s.release(e)
	}
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// release makes a place of the file free for others.
func (s *Spool) release(e extent) {
	at := e.at - e.at%blockSize
	if e.shared {
		if s.shelf.refs[at]--; s.shelf.refs[at] > 0 {
			return
		}
		delete(s.shelf.refs, at)
		if at == s.shelf.at {
			s.shelf.used = blockSize
		}
	}
	s.live--
	s.free = append(s.free, at)
	if s.live == 0 {
		s.shrink()
	}
}

// lend keeps p in memory, as the file has no room, and reports whether there
// was some.
func (s *Spool) lend(p []byte) (e extent, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lent+int64(len(p)) > s.memory {
		return e, false
	}
	s.lent += int64(len(p))
	return extent{n: int32(len(p)), mem: bytes.Clone(p)}, true
}

// shrink forgets the whole file, as nothing in it is needed. If the system
// refuses, the blocks are used again instead.
func (s *Spool) shrink() {
	if s.end > 64*blockSize && s.file != nil && s.file.Truncate(0) == nil {
		s.end, s.free, s.shelf.used = 0, s.free[:0], blockSize
	}
}
