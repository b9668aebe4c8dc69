package report

import "bytes"

// liner puts a prefix before each line.
type liner struct {
	prefix string
	whole  bool // give the last line an end if it has none
	inside bool // the last byte was not the end of a line
	buf    []byte
}

// add returns p with the prefixes, good until the next call.
func (l *liner) add(p []byte) []byte {
	l.buf = l.buf[:0]
	for len(p) > 0 {
		if !l.inside {
			l.buf = append(l.buf, l.prefix...)
		}
		end := bytes.IndexByte(p, '\n') + 1
		l.inside = end == 0
		if l.inside {
			end = len(p)
		}
		l.buf = append(l.buf, p[:end]...)
		p = p[end:]
	}
	return l.buf
}
