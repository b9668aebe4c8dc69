package skein_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/skein"
)

// A twin is what a Group promises, done sequentially: it has the same account,
// but one thread, no goroutine and no lock. TestModel drives both through the
// same random schedules and compares them after each step.
type twin struct {
	parent   *twin
	children []*twin // not ended, in the order in which they were made
	born     int

	policy  string // "", "KeepGoing", "FirstSuccess"
	limit   int
	backlog int // -1: none

	submitted int // number of the last task that was queued
	running   []*step
	queued    []*step
	blocked   []*step // Go calls that wait
	stats     skein.Stats

	halted    bool
	cause     error // of the context
	outside   error // of Cancel
	succeeded bool
	failures  []twinFailure
	panics    []any

	waiters int
	closed  bool
	result  error
	thrown  []any
}

type twinFailure struct {
	number int
	err    error
}

// step is a task, in the model's eyes and in the driver's.
type step struct {
	id      int
	group   *twin
	number  int
	started chan struct{} // closed by the task itself
	orders  chan string   // what the task is to do; it then ends
	own     error
	accept  bool // what Go should report when it returns
	done    bool // Go should have returned
}

func (m *twin) quiet() bool {
	return len(m.running)+len(m.queued)+len(m.blocked) == 0 && m.liveChildren() == 0
}

func (m *twin) liveChildren() (n int) {
	for _, c := range m.children {
		if !c.quiet() {
			n++
		}
	}
	return n
}

// doomed is the cause of the context that the group stands under, if it is done.
func (m *twin) doomed() error {
	if m.parent == nil {
		return nil
	}
	return m.parent.why()
}

// why is the cause of the group's context, or nil while it is not done.
func (m *twin) why() error {
	if err := m.doomed(); err != nil && !m.halted {
		return err
	}
	return m.cause
}

func (m *twin) room(backlog int) bool {
	return m.limit == 0 || len(m.running)+len(m.queued) < m.limit+backlog || len(m.queued) < backlog
}

// submit reports what Go does: whether it returns, and what.
func (m *twin) submit(s *step) {
	switch {
	case m.halted || m.doomed() != nil:
		s.done = true
	case m.limit > 0 && m.backlog >= 0 && (len(m.blocked) > 0 || !m.room(m.backlog)):
		m.blocked = append(m.blocked, s)
	default:
		m.queue(s)
	}
	m.settle()
}

func (m *twin) queue(s *step) {
	m.submitted++
	s.number, s.accept, s.done = m.submitted, true, true
	m.queued = append(m.queued, s)
}

func (m *twin) tryGo(s *step) bool {
	ok := !m.halted && m.doomed() == nil && (m.limit == 0 || len(m.running)+len(m.queued) < m.limit && len(m.blocked) == 0)
	if ok {
		m.queue(s)
	}
	m.settle()
	return ok
}

// settle starts what can start, and ends what has come to its end.
func (m *twin) settle() {
	if m.doomed() != nil {
		m.refuse()
	}
	for moved := true; moved; {
		moved = false
		if len(m.queued) > 0 && (m.limit == 0 || len(m.running) < m.limit) {
			if err := m.doomed(); err != nil {
				m.halt(err)
			} else {
				m.running = append(m.running, m.queued[0])
				m.queued = m.queued[1:]
			}
			moved = true
		}
		if len(m.blocked) > 0 && m.room(m.backlog) {
			m.queue(m.blocked[0])
			m.blocked = m.blocked[1:]
			moved = true
		}
	}
	if m.quiet() && m.waiters > 0 {
		m.close()
	}
	if m.parent != nil {
		m.parent.settle()
	}
}

func (m *twin) halt(cause error) {
	if m.halted {
		return
	}
	m.halted, m.cause = true, cause
	if err := m.doomed(); err != nil {
		m.cause = err
	}
	m.stats.Skipped += len(m.queued)
	m.queued = nil
	m.refuse()
	m.warn()
}

// warn lets those below know that the context they stand under is done.
func (m *twin) warn() {
	for _, c := range slices.Clone(m.children) {
		c.settle()
		c.warn()
	}
}

func (m *twin) cancel(cause error) {
	if !m.closed && !m.halted {
		m.outside = cmp.Or(m.doomed(), cause)
		m.halt(m.outside)
	}
	m.settle()
}

func (m *twin) refuse() {
	for _, s := range m.blocked {
		s.done = true
	}
	m.blocked = nil
}

// end is a running task's end.
func (m *twin) end(s *step, order string) {
	m.running = slices.DeleteFunc(m.running, func(r *step) bool { return r == s })
	switch order {
	case "succeed":
		m.stats.Succeeded++
		if m.policy == "FirstSuccess" {
			m.succeeded = true
			m.halt(context.Canceled)
		}
	case "echo":
		m.stats.Cancelled++
	case "fail":
		m.stats.Failed++
		m.fail(s.number, s.own)
	case "goexit":
		m.stats.Goexited++
		m.fail(s.number, skein.ErrGoexit)
	case "panic":
		m.stats.Panicked++
		m.panics = append(m.panics, s.own)
		m.halt(errPanicked{s.own})
	}
	m.settle()
}

// errPanicked stands for the *PanicError that is the cause after a panic.
type errPanicked struct{ value error }

func (errPanicked) Error() string { return "panicked" }

func (m *twin) fail(number int, err error) {
	if m.policy != "" {
		m.failures = append(m.failures, twinFailure{number, err})
		return
	}
	if len(m.failures) == 0 {
		m.failures = append(m.failures, twinFailure{number, err})
	}
	m.halt(err)
}

// close draws up the result.
func (m *twin) close() {
	if m.closed {
		return
	}
	m.closed = true
	for _, c := range slices.Clone(m.children) {
		if c.closed {
			continue
		}
		taken := c.waiters > 0
		c.close()
		if taken {
			continue
		}
		m.panics = append(m.panics, c.thrown...)
		if why := m.why(); c.result != nil && (len(c.failures) > 0 || why == nil || !errors.Is(c.result, context.Canceled) && !errors.Is(c.result, why)) {
			m.failures = append(m.failures, twinFailure{c.born, c.result})
		}
	}
	if m.policy != "" { // failing fast, the group's own comes first
		slices.SortStableFunc(m.failures, func(a, b twinFailure) int { return cmp.Compare(a.number, b.number) })
	}
	m.result = m.sum()
	m.thrown = m.panics
	if !m.halted {
		m.halted = true
		m.cause = cmp.Or(m.doomed(), context.Canceled)
	}
	if m.parent != nil {
		m.parent.children = slices.DeleteFunc(m.parent.children, func(c *twin) bool { return c == m })
	}
}

func (m *twin) sum() error {
	var errs []error
	for _, f := range m.failures {
		errs = append(errs, f.err)
	}
	switch {
	case m.succeeded:
		return nil
	case len(errs) == 0 && m.outside != nil:
		return m.outside
	case len(errs) == 0:
		return m.doomed()
	case m.policy == "" || len(errs) == 1:
		return errs[0]
	}
	return errors.Join(errs...)
}

func (m *twin) String() string {
	return fmt.Sprintf("%s limit %d backlog %d: %d running, %d queued, %d blocked, %d children, halted %v, closed %v",
		cmp.Or(m.policy, "fail-fast"), m.limit, m.backlog, len(m.running), len(m.queued), len(m.blocked), len(m.children), m.halted, m.closed)
}
