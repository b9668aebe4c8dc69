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
	past  []extent         // in the file, in order
	size  int64            // bytes, all of it
	buf   []byte           // the end, which is not in the file
	held  int64            // capacity of buf as the spool counts it
	block *[blockSize]byte // what buf lies in, once it is large; goes back to blocks
}

// extent is a piece of the file.
type extent struct {
	at     int64
	n      int32
	shared bool   // lies on a block with others
	mem    []byte // it lies here, as the file had no room
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
	}
	if len(t.buf) == 0 {
		t.buf = nil
	}
	if t.block != nil && cap(t.buf) < blockSize {
		blocks.Put(t.block)
		t.block = nil
	}
	t.count()
}

func (t *Text) full() bool {
	return len(t.buf) == blockSize || len(t.buf) >= frugalSize && t.spool.short()
}

// flush moves what is in memory to the file.
func (t *Text) flush() error {
	e, err := t.spool.put(t.buf)
	if errors.Is(err, ErrFull) {
		if lent, ok := t.spool.lend(t.buf); ok {
			e, err = lent, nil
		}
	}
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

// count tells the spool how much memory the text holds.
func (t *Text) count() {
	if now := int64(cap(t.buf)); now != t.held {
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
	if len(t.buf) > 0 && t.spool.held.Load() > t.spool.memory/2 {
		if err := t.flush(); err != nil {
			return err
		}
	}
	t.shrink()
	return nil
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

// writePast writes what is in the file, piece by piece.
func (t *Text) writePast(w io.Writer) (done int64, err error) {
	if len(t.past) == 0 {
		return 0, nil
	}
	buf := blocks.Get().(*[blockSize]byte)
	defer blocks.Put(buf)
	for _, e := range t.past {
		p := buf[:e.n]
		if err := t.spool.get(p, e, 0); err != nil {
			return done, err
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
		if err := t.spool.get(before, e, int64(e.n)-k); err != nil {
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
		t.spool.drop(e)
	}
	if t.block != nil {
		blocks.Put(t.block)
	}
	t.spool.held.Add(-t.held)
	*t = Text{spool: t.spool}
}
