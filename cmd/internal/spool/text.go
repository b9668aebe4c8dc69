package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

var blocks = sync.Pool{New: func() any { return new([blockSize]byte) }}

const (
	frugalSize = 4 << 10 // as much of a text stays in memory when memory is short
	smallSize  = 8 << 10 // a larger one gets a block
)

// Text is what a task wrote to one of its streams. Its methods belong to one
// goroutine at a time. A nil Text is empty.
type Text struct {
	spool *Spool
	past  []extent         // all but the end, in order
	size  int64            // bytes, all of it
	buf   []byte           // the end, which is in no extent
	held  int64            // memory of the text as the spool counts it
	kept  int64            // bytes of past that are blocks of memory
	block *[blockSize]byte // what buf lies in, once it is large; goes back to blocks
}

// extent is a piece of a text: of the file, or a whole block of memory.
type extent struct {
	at     int64
	n      int32
	shared bool             // lies on a block of the file with others
	mem    []byte           // it lies here, as the file had no room
	block  *[blockSize]byte // it is this one, as there was memory enough
}

// inMemory is what the extent holds if that is in memory, else nil.
func (e *extent) inMemory() []byte {
	if e.block != nil {
		return e.block[:]
	}
	return e.mem
}

// Len is the number of bytes.
func (t *Text) Len() int64 {
	if t == nil {
		return 0
	}
	return t.size
}

// Append adds p and returns how much of it was added. The rest may be tried
// again: if the error is [ErrFull], when [Spool.Room] says so.
func (t *Text) Append(p []byte) (n int, err error) {
	for n < len(p) {
		if t.full() {
			if err := t.flush(); err != nil {
				return n, err
			}
		}
		k := min(len(p)-n, blockSize-len(t.buf))
		t.grow(k)
		t.buf = append(t.buf, p[n:n+k]...)
		t.count()
		t.size += int64(k)
		n += k
	}
	return n, nil
}

// Space is where the next bytes may be put by who then calls [Text.Wrote]: a
// read into it saves the copy of Append. It is empty while the text is small,
// and when the file takes no more, which Append then tells.
func (t *Text) Space() []byte {
	if t == nil || t.block == nil || t.full() && t.flush() != nil || t.block == nil {
		return nil
	}
	return t.block[len(t.buf):]
}

// Wrote adds the first n bytes of what Space gave last.
func (t *Text) Wrote(n int) {
	t.buf = t.block[:len(t.buf)+n]
	t.size += int64(n)
}

// Add adds all of p, which is at most a quarter of a block, or nothing.
func (t *Text) Add(p []byte) error {
	if len(t.buf)+len(p) > blockSize || t.full() {
		if err := t.flush(); err != nil {
			return err
		}
	}
	t.grow(len(p))
	t.buf = append(t.buf, p...)
	t.count()
	t.size += int64(len(p))
	return nil
}

// Another gives an empty text of the same spool.
func (t *Text) Another() *Text { return t.spool.Text() }

// grow makes room for k bytes more: small texts have what they need, large
// ones a block at once.
func (t *Text) grow(k int) {
	if need := len(t.buf) + k; need > smallSize && t.block == nil {
		t.block = blocks.Get().(*[blockSize]byte)
		t.buf = t.block[:copy(t.block[:], t.buf)]
	}
}

// shrink gives back what room there is.
func (t *Text) shrink() {
	if len(t.buf) < cap(t.buf) {
		t.buf = bytes.Clone(t.buf)
		if t.block != nil { // even if the clone is as large, for it is not the block
			blocks.Put(t.block)
			t.block = nil
		}
	}
	if len(t.buf) == 0 {
		t.buf = nil
	}
	t.count()
}

func (t *Text) full() bool {
	return len(t.buf) == blockSize || len(t.buf) >= frugalSize && t.spool.short()
}

// flush ends the piece that is in memory: it goes to the file, or stays as it
// is when it is a whole block and there is memory for it. Most texts are
// written out a moment later, and the way through the file copies them twice.
func (t *Text) flush() error {
	if len(t.buf) == blockSize && t.spool.ample() {
		t.past = append(t.past, extent{n: blockSize, block: t.block})
		t.kept += blockSize
		t.block = blocks.Get().(*[blockSize]byte)
		t.buf = t.block[:0]
		t.count()
		return nil
	}
	e, err := t.putAside(t.buf)
	if err != nil {
		return err
	}
	t.past = append(t.past, e)
	t.buf = t.buf[:0]
	if t.spool.short() {
		t.shrink()
	}
	return nil
}

// putAside writes p to the file, or to memory of its own if the file is full.
func (t *Text) putAside(p []byte) (extent, error) {
	e, err := t.spool.put(p)
	if errors.Is(err, ErrFull) {
		if lent, ok := t.spool.lend(p); ok {
			return lent, nil
		}
	}
	return e, err
}

// count tells the spool how much memory the text holds.
func (t *Text) count() {
	if now := t.kept + int64(cap(t.buf)); now != t.held {
		t.spool.held.Add(now - t.held)
		t.held = now
	}
}

// Keep prepares a text that is complete to wait for long: it gives back what
// memory it can, and goes to the file altogether when memory is short. If
// that fails the text is as it was.
func (t *Text) Keep() error {
	if t == nil {
		return nil
	}
	if !t.spool.ample() {
		if err := t.clear(); err != nil {
			return err
		}
	}
	t.shrink()
	return nil
}

// clear moves all that is in memory to the file.
func (t *Text) clear() error {
	for i, e := range t.past {
		if e.block == nil {
			continue
		}
		moved, err := t.spool.put(e.block[:])
		if err != nil {
			return err
		}
		t.past[i] = moved
		t.kept -= blockSize
		blocks.Put(e.block)
	}
	if len(t.buf) == 0 {
		return nil
	}
	return t.flush()
}

// WriteTo writes the whole text to w, from the beginning.
func (t *Text) WriteTo(w io.Writer) (int64, error) {
	if t == nil {
		return 0, nil
	}
	done, err := t.writePast(w)
	if err != nil {
		return done, err
	}
	k, err := w.Write(t.buf)
	done += int64(k)
	if err == nil && done != t.size {
		err = fmt.Errorf("%d of %d bytes of output are missing", t.size-done, t.size)
	}
	return done, err
}

// writePast writes all but the end, piece by piece.
func (t *Text) writePast(w io.Writer) (done int64, err error) {
	if len(t.past) == 0 {
		return 0, nil
	}
	buf := blocks.Get().(*[blockSize]byte)
	defer blocks.Put(buf)
	for _, e := range t.past {
		p := e.inMemory()
		if p == nil {
			p = buf[:e.n]
			if err := t.spool.read(p, e, 0); err != nil {
				return done, err
			}
		}
		k, err := w.Write(p)
		done += int64(k)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// Tail gives the last n bytes, or fewer if the text is shorter.
func (t *Text) Tail(n int) ([]byte, error) {
	if t == nil {
		return nil, nil
	}
	end := t.buf
	if len(end) < n && len(t.past) > 0 {
		e := t.past[len(t.past)-1]
		k := min(int64(n-len(end)), int64(e.n))
		before := make([]byte, k, k+int64(len(end)))
		if p := e.inMemory(); p != nil {
			copy(before, p[int64(e.n)-k:])
		} else if err := t.spool.read(before, e, int64(e.n)-k); err != nil {
			return nil, err
		}
		end = append(before, end...)
	}
	return end[max(0, len(end)-n):], nil
}

// Free gives memory and file back. The text is empty then.
func (t *Text) Free() {
	if t == nil {
		return
	}
	for _, e := range t.past {
		if e.block != nil {
			blocks.Put(e.block)
		} else {
			t.spool.drop(e)
		}
	}
	if t.block != nil {
		blocks.Put(t.block)
	}
	t.spool.held.Add(-t.held)
	*t = Text{spool: t.spool}
}
