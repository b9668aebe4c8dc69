package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"example.com/skein/cmd/internal/task"
)

// Blocks cuts what r gives into blocks of whole records, each of which ends
// with end. A block has as many records as size bytes can hold, or, if one
// record has more, that one. What follows the last end is a record, too.
//
// A block belongs to whoever receives its spec. An error of r comes last, with
// the number of the block in which it happened; what was read of that block is
// not given.
func Blocks(r io.Reader, size int, end []byte) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		c := &cutter{r: r, size: size, end: end}
		for n := 1; ; n++ {
			block, err := c.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(task.Spec{}, fmt.Errorf("block %d: %w", n, err))
				return
			}
			if !yield(task.Spec{Seq: n, Block: block}, nil) {
				return
			}
		}
	}
}

// cutter cuts a stream at record ends.
type cutter struct {
	r    io.Reader
	size int
	end  []byte
	rest []byte // read, and not given
	done bool   // there is no more to be read
}

// next gives a block; io.EOF if there is none.
func (c *cutter) next() ([]byte, error) {
	if err := c.fill(c.size); err != nil {
		return nil, err
	}
	if len(c.rest) <= c.size && c.done {
		if len(c.rest) == 0 {
			return nil, io.EOF
		}
		return c.cut(len(c.rest)), nil
	}
	if n := c.last(c.rest[:c.size]); n > 0 {
		return c.cut(n), nil
	}
	return c.long()
}

// last says where the last record in data ends; 0: none does. If an end can
// begin within another one, only who looks from the left finds those that are
// ends.
func (c *cutter) last(data []byte) int {
	if !overlaps(c.end) {
		if i := bytes.LastIndex(data, c.end); i >= 0 {
			return i + len(c.end)
		}
		return 0
	}
	n := 0
	for {
		i := bytes.Index(data[n:], c.end)
		if i < 0 {
			return n
		}
		n += i + len(c.end)
	}
}

// overlaps says that an end can begin within another one, as in aa or aba.
func overlaps(end []byte) bool {
	for n := 1; n < len(end); n++ {
		if bytes.HasPrefix(end, end[n:]) {
			return true
		}
	}
	return false
}

// long gives a record that is longer than a block should be.
func (c *cutter) long() ([]byte, error) {
	from := max(0, c.size-len(c.end)+1)
	for {
		if i := bytes.Index(c.rest[from:], c.end); i >= 0 {
			return c.cut(from + i + len(c.end)), nil
		}
		if c.done {
			return c.cut(len(c.rest)), nil
		}
		from = max(0, len(c.rest)-len(c.end)+1)
		if err := c.fill(len(c.rest) + c.size); err != nil {
			return nil, err
		}
	}
}

// fill reads until there are n bytes, or no more.
func (c *cutter) fill(n int) error {
	if c.done || len(c.rest) >= n {
		return nil
	}
	have := len(c.rest)
	if cap(c.rest) < n {
		c.rest = append(make([]byte, 0, max(n, 2*have)), c.rest...)
	}
	read, err := io.ReadFull(c.r, c.rest[have:n])
	c.rest = c.rest[:have+read]
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		c.done, err = true, nil
	}
	return err
}

// cut gives the first n bytes away, and keeps the others in memory of their
// own.
func (c *cutter) cut(n int) []byte {
	block := c.rest[:n:n]
	c.rest = append(make([]byte, 0, max(c.size, len(c.rest)-n)), c.rest[n:]...)
	return block
}
