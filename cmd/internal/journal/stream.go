package journal

import "os"

// mostPending is how many bytes of records are held while a full disk takes
// none.
const mostPending = 4 << 20

// stream appends lines to a file, each with one write. What the file does not
// take is kept and goes before the next line, from the very byte on: so
// nothing is lost to a disk that is full for a while, and no line ever follows
// a part of another.
type stream struct {
	file    *os.File
	each    bool   // sync after each line
	pending []byte // not in the file yet
	lost    int    // lines that were not even kept
	err     error  // the last write's, or nil
	dirty   bool   // written since the last sync
}

// add appends a whole line.
func (s *stream) add(line []byte) {
	switch {
	case len(s.pending) == 0:
		n, err := s.file.Write(line)
		s.err = err
		if err != nil {
			s.pending = append(s.pending, line[n:]...)
		}
	case len(s.pending)+len(line) > mostPending:
		s.lost++
		return
	default:
		s.pending = append(s.pending, line...)
		s.retry()
	}
	s.dirty = true
	if s.each && s.err == nil {
		s.err = datasync(s.file)
	}
}

// retry writes what is pending.
func (s *stream) retry() {
	if len(s.pending) == 0 {
		return
	}
	n, err := s.file.Write(s.pending)
	s.pending = append(s.pending[:0], s.pending[n:]...)
	s.err, s.dirty = err, true
}
