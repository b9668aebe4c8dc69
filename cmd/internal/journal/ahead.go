package journal

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"sync"

	"example.com/skein/cmd/internal/task"
)

const (
	// chunkSize is how many bytes of inputs go to the disk, or come back, at
	// a time; fewer if a task waits for them, or the source is slow or at its
	// end.
	chunkSize = 64 << 10

	// mostAhead is how many bytes of inputs may be on the disk that nobody
	// has asked for yet.
	mostAhead = 1 << 30
)

// ahead is the inputs between their source and the tasks. They lie in a file:
// a reader appends them, and whoever wants the next task reads them from
// there, so that memory has no more than two chunks. What is wanted before
// the reader has filled a chunk is written by him who wants it: nobody gets a
// task whose input the file does not have, and nobody waits for others than
// his own.
type ahead struct {
	log  *Log
	file *os.File

	mu     sync.Mutex // over what follows; taken after log.mu
	change sync.Cond
	buf    []byte // lines that the file does not have yet
	size   int64  // bytes in the file
	read   int64  // bytes that were taken from the file, or are not of interest
	full   bool   // the file took no more; it is tried again when nothing else is left
	broken bool   // and then no more: there are inputs that it does not have
	ended  bool   // the source is at its end
	err    error  // or failed
	closed bool
	dirty  bool

	count int // tasks that are to be given out, as far as is known

	known  map[Key]int // the first task of each key; nil: there is none from before
	next   []int       // by task, the next one of the same key
	before int         // tasks that failed before and are not run again; log.mu is over it
	left   int         // tasks that were started before, or whose output may be missing, and are not run again; the same

	chunk []byte // of the consumer: what it has taken and not given out
}

func openInputs(l *Log) (*ahead, error) {
	f, err := os.OpenFile(filepath.Join(l.dir, inputsName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := cut(f, l.state.inputsEnd); err != nil {
		f.Close()
		return nil, err
	}
	a := &ahead{log: l, file: f, size: l.state.inputsEnd, ended: true}
	a.change.L = &a.mu
	return a, nil
}

// Remaining gives those specs that are to be run: all of them, but for those
// that the journal knows and that have an outcome. A task that it knows has
// its old number, another one the next that is free. The specs are read at
// once and ahead of those who take them.
func (l *Log) Remaining(specs iter.Seq2[task.Spec, error]) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		a := l.inputs
		if err := a.index(); err != nil {
			yield(task.Spec{}, err)
			return
		}
		a.mu.Lock()
		a.read = a.size
		a.mu.Unlock()
		a.begin(specs)
		a.give(Select{}, yield)
	}
}

// Again gives the specs of the journal that are to be run again, and after
// them those of rest, which may be nil: what comes after a part that was read
// before. If the end of the inputs was never read, an error comes last.
func (l *Log) Again(c Select, rest iter.Seq2[task.Spec, error]) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		a := l.inputs
		whole := a.choose(c)
		if rest != nil {
			a.begin(rest)
			whole = true
		}
		if a.give(c, yield) && !whole {
			yield(task.Spec{}, l.state.notWhole())
		}
	}
}

// choose counts what is to be run again, and what is not, and reports whether
// all inputs are there.
func (a *ahead) choose(c Select) (whole bool) {
	s := a.log.state
	a.log.mu.Lock()
	defer a.log.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count = s.Wanted(c)
	if !c.Failed {
		a.before = s.Bad()
	}
	if c.NoRerun {
		a.left = s.Running()
	}
	if !c.Unwritten {
		a.left += len(s.Unwritten())
	}
	return s.Whole && !s.damaged()
}

// begin starts to read.
func (a *ahead) begin(specs iter.Seq2[task.Spec, error]) {
	a.log.mu.Lock()
	n := a.log.state.Inputs
	a.log.state.Whole = false
	a.log.mu.Unlock()
	a.mu.Lock()
	a.ended = false
	a.buf = appendMark(a.buf, "opened", n)
	a.mu.Unlock()
	// It is no worker: it may block for ever, and nobody waits for it.
	go func() {
		for s, err := range specs {
			if err != nil {
				a.finish(err)
				return
			}
			if !a.put(s) {
				return
			}
		}
		a.finish(nil)
	}()
}

// put takes a task from the source. It reports false when no more is wanted.
func (a *ahead) put(s task.Spec) bool {
	key := a.log.ids.key(&s)
	if s.Seq = a.number(key); s.Seq == 0 {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for !a.closed && !a.room() {
		a.change.Wait()
	}
	if a.closed {
		return false
	}
	a.buf = appendSpec(a.buf, &s, key)
	a.count++
	if len(a.buf) >= chunkSize {
		a.flush()
	}
	a.change.Broadcast()
	return true
}

// room reports whether another task may be added.
func (a *ahead) room() bool {
	if len(a.buf) >= chunkSize && (a.full || a.broken) {
		return false
	}
	return a.size-a.read < mostAhead
}

// number gives the number of the next task with the key: the old one if the
// journal knows it, 0 if it has been done; else the next that is free.
func (a *ahead) number(key Key) (seq int) {
	l := a.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq = a.known[key]; seq == 0 {
		seq = l.state.Most() + 1
		l.state.know(seq, isOurs)
		return seq
	}
	a.known[key] = a.next[seq]
	m := l.state.at(seq)
	*m |= hasInput | isOurs
	if status := *m & statusBits; status.final() {
		if status != succeeded {
			a.before++
		}
		if m.unwritten() {
			a.left++
		}
		return 0
	}
	return seq
}

// finish notes the end of the source, or why it gave no more.
func (a *ahead) finish(err error) {
	a.log.mu.Lock()
	n := a.log.state.Inputs
	if err == nil {
		a.log.state.Whole = true
	}
	a.log.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	if err == nil {
		a.buf = appendMark(a.buf, "ended", n)
		a.ended = true
	}
	if err != nil {
		a.buf = appendStop(a.buf, n, err)
	}
	a.err = err
	a.flush() // what was read survives us
	a.change.Broadcast()
}

// flush writes what the file does not have yet.
func (a *ahead) flush() {
	if a.broken || len(a.buf) == 0 {
		return
	}
	n, err := a.file.Write(a.buf)
	a.size += int64(n)
	a.buf = append(a.buf[:0], a.buf[n:]...)
	a.full, a.dirty = err != nil, true
	if err == nil && a.log.o.Sync == SyncEach {
		err = datasync(a.file)
	}
	a.log.note(err)
}

// take moves bytes from the file, or such as it could not take, to the
// consumer. It blocks until there are some, and reports false at the end.
func (a *ahead) take() (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.read == a.size && len(a.buf) == 0 {
		if a.ended || a.closed || a.err != nil {
			return false, a.err
		}
		a.change.Wait()
	}
	if a.read < a.size {
		return true, a.load()
	}
	a.chunk = append(a.chunk, a.buf...)
	a.flush()
	a.read = a.size
	a.change.Broadcast()
	if len(a.buf) > 0 {
		a.broken = true
		if a.log.o.Asked {
			a.chunk = a.chunk[:0] // what was written stays for another time
			return false, a.log.fault()
		}
		a.buf = a.buf[:0] // the tasks are run all the same
	}
	return true, nil
}

// load reads a chunk from the file. Nobody else needs the lock meanwhile for
// longer than that.
func (a *ahead) load() error {
	n := int(min(chunkSize, a.size-a.read))
	have := len(a.chunk)
	a.chunk = append(a.chunk, make([]byte, n)...)
	if _, err := a.file.ReadAt(a.chunk[have:], a.read); err != nil {
		return fmt.Errorf("read the inputs again: %w", err)
	}
	a.read += int64(n)
	a.change.Broadcast()
	return nil
}

// give gives the tasks that are wanted until there are no more. It reports
// whether it came to the end.
func (a *ahead) give(c Select, yield func(task.Spec, error) bool) bool {
	for at := 0; ; {
		line, _, whole := bytes.Cut(a.chunk[at:], []byte{'\n'})
		if whole {
			at += len(line) + 1
			s, ok := a.wanted(c, line)
			if !ok {
				continue
			}
			if err := a.log.stuck(); err != nil {
				yield(task.Spec{}, err)
				return false
			}
			if !yield(s, nil) {
				return false
			}
			continue
		}
		a.chunk = append(a.chunk[:0], a.chunk[at:]...)
		at = 0
		more, err := a.take()
		if err != nil {
			yield(task.Spec{}, err)
			return false
		}
		if !more {
			return true
		}
	}
}

// wanted reads a line, and reports whether it is a task that is to be run.
func (a *ahead) wanted(c Select, line []byte) (task.Spec, bool) {
	e, ok := parseEntry(line)
	if !ok || e.dropped || e.spec.Seq == 0 {
		return task.Spec{}, false
	}
	a.log.mu.Lock()
	m := a.log.state.at(e.spec.Seq)
	want := c.wants(*m) && *m&isGiven == 0
	if want {
		*m |= isGiven
	}
	a.log.mu.Unlock()
	if !want {
		return task.Spec{}, false
	}
	return e.spec, true
}

// Total is how many tasks there are to be run; 0 as long as the end of the
// inputs was not read.
func (l *Log) Total() int {
	l.inputs.mu.Lock()
	defer l.inputs.mu.Unlock()
	if !l.inputs.ended {
		return 0
	}
	return l.inputs.count
}

// Failed is how many tasks that were asked for had failed before and were not
// run again.
func (l *Log) Failed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inputs.before
}

// LeftOut is how many tasks have no outcome, or one whose output may be missing,
// and were not run again.
func (l *Log) LeftOut() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inputs.left
}

func (a *ahead) sync() error {
	a.mu.Lock()
	if !a.full {
		a.flush() // a slow source's too
	}
	dirty := a.dirty
	a.dirty = false
	a.mu.Unlock()
	if !dirty {
		return nil
	}
	return datasync(a.file)
}

// close writes what is left, and reports whether the end of the inputs was
// read.
func (a *ahead) close() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.flush()
	a.change.Broadcast()
	return a.ended && a.err == nil && !a.broken
}
