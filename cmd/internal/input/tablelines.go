package input

import (
	"bufio"
	"bytes"
	"errors"
)

// tableLines reads a table line by line, and changes what package csv would
// change, so that it comes out as it was: a carriage return and a newline in
// quotes, and an empty line where it is a record.
type tableLines struct {
	b      *bufio.Reader
	empty  bool   // an empty line is a record with an empty field
	inner  bool   // not at the beginning of a line
	quoted bool   // in quotes
	cr     bool   // the byte before is a carriage return
	line   []byte // changed, and not yet given
	own    []byte // memory for a line that is changed
	err    error
}

func (t *tableLines) Read(p []byte) (int, error) {
	if len(t.line) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		t.next()
	}
	n := copy(p, t.line)
	t.line = t.line[n:]
	if n == 0 {
		return 0, t.err
	}
	return n, nil
}

// next reads a line, or a piece of a long one. It reads no further, as it is
// not known before the header is read whether empty lines are records.
func (t *tableLines) next() {
	l, err := t.b.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		t.err = err
	}
	begins := !t.inner && !t.quoted
	if bytes.Count(l, []byte{'"'})%2 == 1 {
		t.quoted = !t.quoted
	}
	cr := t.cr && len(l) == 1 || bytes.HasSuffix(l, []byte("\r\n"))
	ends := bytes.HasSuffix(l, []byte("\n"))
	switch {
	case ends && cr && t.quoted:
		l = append(append(t.own[:0], l[:len(l)-1]...), "\r\n"...) // one of them is dropped
		t.own = l
	case ends && begins && t.empty && (len(l) == 1 || cr && len(l) == 2):
		l = append(t.own[:0], "\"\"\n"...)
		t.own = l
	}
	t.inner = len(l) > 0 && !ends
	t.cr = bytes.HasSuffix(l, []byte("\r"))
	t.line = l
}
