// Package journal keeps what a run has done on the disk, so that another one
// can go on after whatever ended it. docs/journal.md has the format.
//
// [Open] is the way in: a [Log] reads the inputs ahead of the tasks onto the
// disk, and appends what happens before it is told to anybody. [Read] gives
// what a journal says without touching it.
//
// A task is known by its content: the hash of its template, its values and
// the directory (a [Key]), and how many of the same stand before it. Its
// number is {#}; it gets it once and keeps it.
package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/skein/cmd/internal/task"
)

// Version is that of the format; a journal of a later one is not read.
const Version = 1

// SyncEach as [Options].Sync has every record on the disk before what it
// tells goes on.
const SyncEach = time.Duration(-1)

// SyncEvery is how old what a power cut takes may be, if nobody says.
const SyncEvery = 200 * time.Millisecond

// Options say how a journal is kept. The zero value is useful.
type Options struct {
	// Asked says that somebody wants this very journal: if it cannot be
	// written that is a fault, and no further task starts. Else it is worth a
	// warning.
	Asked bool
	// Sync is how often records are brought to the disk. 0: [SyncEvery].
	Sync time.Duration
}

// ErrRunning is why a journal cannot be opened: another process keeps it.
var ErrRunning = errors.New("it is running")

// Log is the open journal of a run. Its methods are safe for concurrent use.
type Log struct {
	o    Options
	dir  string
	run  Run
	ids  identity
	lock *os.File // the journal itself; closing it gives it free

	mu      sync.Mutex // over journal, state, line, out, said, due
	journal stream
	state   *State
	line    []byte
	out     [][2]int  // the tasks whose output is out, and which the journal does not say yet
	said    time.Time // when it said so last
	due     bool      // somebody waits to say so

	inputs  *ahead
	reserve reserve

	trouble atomic.Pointer[error] // the first thing that could not be written
	told    bool                  // of Watch: it was told
	quit    chan struct{}
	syncer  sync.WaitGroup
}

// Open makes the journal in dir, or opens the one that is there, and notes
// that run begins. Until [Log.Close] nobody else can open it. The ID of run is
// that of the journal, if there is one.
func Open(dir string, run Run, o Options) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := lock(dir)
	if err != nil {
		return nil, err
	}
	l := &Log{o: o, dir: dir, run: run, lock: f, quit: make(chan struct{})}
	if err := l.open(); err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

func (l *Log) open() error {
	l.ids = newIdentity(l.run.Template, l.run.Directory)
	state, err := read(l.dir, &l.ids)
	if err != nil {
		return err
	}
	l.state = state
	if n := len(state.Runs); n > 0 {
		l.run.ID = state.Runs[n-1].ID
	}
	if l.o.Sync == 0 {
		l.o.Sync = SyncEvery
	}
	if err := cut(l.lock, state.journalEnd); err != nil {
		return err
	}
	l.journal = stream{file: l.lock, each: l.o.Sync == SyncEach}
	if l.inputs, err = openInputs(l); err != nil {
		return err
	}
	if l.o.Asked {
		l.reserve.keep(filepath.Join(l.dir, reserveName))
	}
	l.journal.add(appendRun(nil, l.run))
	l.note(l.journal.err)
	if l.o.Sync > 0 {
		l.syncer.Go(l.syncNowAndThen)
	}
	return nil
}

// cut takes off what stands behind the last whole line, so that nothing is
// ever appended to a part of one.
func cut(f *os.File, end int64) error {
	info, err := f.Stat()
	if err == nil && end == 0 && info.Size() > 0 && !startsLikeOurs(f) {
		return fmt.Errorf("%s: not a journal of skein", f.Name())
	}
	if err == nil && info.Size() != end {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, 0)
	}
	return err
}

// startsLikeOurs reports whether a file without a whole line can be a torn one
// of ours, so that nobody else's is ever cut.
func startsLikeOurs(f *os.File) bool {
	start := make([]byte, 11)
	n, _ := f.ReadAt(start, 0)
	for _, ours := range []string{`{"event":"run"`, `{"opened":`, `{"seq":`} {
		if strings.HasPrefix(ours, string(start[:min(n, len(ours))])) {
			return true
		}
	}
	return false
}

// ID is the name of the run.
func (l *Log) ID() string { return l.run.ID }

// Dir is where the journal is.
func (l *Log) Dir() string { return l.dir }

// Asked says that somebody wants this very journal.
func (l *Log) Asked() bool { return l.o.Asked }

// Before gives what the journal said when it was opened, and what was
// appended since. It may be used until the run starts and after it ended.
func (l *Log) Before() *State { return l.state }

// Append writes an event of a task and returns when the system has it. It is
// meant for Record of package local.
func (l *Log) Append(ev task.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.line = appendEvent(l.line[:0], &ev)
	l.journal.add(l.line)
	if l.journal.err != nil {
		l.note(l.journal.err)
		if l.reserve.use() {
			l.journal.retry() // those that run, or are about to start, are noted
		}
	}
	l.state.take(step{ev.Kind, ev.Spec.Seq, ev.Outcome, ev.StdoutBytes+ev.StderrBytes > 0, ev.Attempt > 0})
}

// writtenEvery is how often at most the journal says which outputs are out. One
// that is out and not said to be is told as lost when skein is killed.
const writtenEvery = 10 * time.Millisecond

// Written notes that the output of the tasks from first to last is out.
func (l *Log) Written(first, last int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.state.written(first, last) {
		return
	}
	if n := len(l.out); n > 0 && l.out[n-1][1]+1 == first {
		l.out[n-1][1] = last
	} else {
		l.out = append(l.out, [2]int{first, last})
	}
	switch wait := writtenEvery - time.Since(l.said); {
	case l.o.Sync == SyncEach || wait <= 0:
		l.noteWritten()
	case !l.due:
		l.due = true
		time.AfterFunc(wait, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.due = false
			l.noteWritten() // nothing, if Close was faster
		})
	}
}

// noteWritten appends what Written was told. mu is held.
func (l *Log) noteWritten() {
	if len(l.out) == 0 {
		return
	}
	slices.SortFunc(l.out, func(a, b [2]int) int { return a[0] - b[0] })
	joined := l.out[:1]
	for _, of := range l.out[1:] {
		if last := &joined[len(joined)-1]; last[1]+1 == of[0] {
			last[1] = of[1]
		} else {
			joined = append(joined, of)
		}
	}
	l.journal.add(appendWritten(nil, joined))
	l.out, l.said = l.out[:0], time.Now()
}

// note remembers the first error.
func (l *Log) note(err error) {
	if err != nil {
		l.trouble.CompareAndSwap(nil, &err)
	}
}

// syncNowAndThen brings to the disk what was written.
func (l *Log) syncNowAndThen() {
	tick := time.NewTicker(l.o.Sync)
	defer tick.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-tick.C:
			l.note(l.sync())
		}
	}
}

// sync brings to the disk what was written since the last time, inputs first:
// no record may be there without the input it is about.
func (l *Log) sync() error {
	if err := l.inputs.sync(); err != nil {
		return err
	}
	l.mu.Lock()
	l.journal.retry()
	dirty := l.journal.dirty
	l.journal.dirty = false
	l.mu.Unlock()
	if !dirty {
		return nil
	}
	return datasync(l.lock)
}

// Close notes the exit status of the run and ends the journal. If every task
// has succeeded and the status says nothing else, the inputs are dropped: they
// are of no use any more. Otherwise output or results may be lost, and their
// tasks run again. The error is of what could not be written, unless Watch has
// told it.
func (l *Log) Close(exit int) error {
	close(l.quit)
	l.syncer.Wait()
	ended := l.inputs.close()
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.lock.Close()
	defer l.inputs.file.Close()
	useless := exit == 0 && ended && l.state.Whole && l.state.Count(task.Succeeded) == l.state.Inputs &&
		len(l.state.Problems) == 0 && len(l.state.Unwritten()) == 0
	if l.state.Inputs == 0 && len(l.state.Runs) == 0 && !l.o.Asked {
		return os.RemoveAll(l.dir) // nothing was asked for, and nothing happened
	}
	l.note(l.reserve.release())
	l.noteWritten()
	l.journal.add(appendEnded(nil, exit, l.state))
	l.note(l.journal.err)
	forgotten := l.journal.lost > 0 || len(l.journal.pending) > 0
	lost := l.inputs.broken || forgotten
	switch {
	case forgotten && !l.o.Asked:
		l.note(os.RemoveAll(l.dir)) // a resume would do again what has been done
	case useless && !lost:
		l.note(l.dropInputs())
	}
	if !useless || l.o.Asked {
		l.note(datasync(l.inputs.file))
		l.note(datasync(l.lock))
	}
	if lost && !l.told {
		return l.Trouble()
	}
	return nil
}

// Trouble is the first thing that could not be written, or nil.
func (l *Log) Trouble() error {
	if err := l.trouble.Load(); err != nil {
		return fmt.Errorf("journal %s: %w", l.dir, *err)
	}
	return nil
}
