package local

import "sync"

// Control changes a run while it goes on. It is given to [Run] in [Options],
// to one run at a time, and may be used before, during and after it, by any
// goroutine.
type Control struct {
	mu    sync.Mutex
	limit int     // 0: as Options says
	run   *runner // nil: none goes on
}

// NewControl returns a Control that has changed nothing yet.
func NewControl() *Control { return &Control{} }

// SetLimit lets at most n tasks run at a time; 0 is as many as [Most] says.
// Tasks that run already are left alone: where there are more, no further one
// starts until enough have ended. It panics if n is negative.
func (c *Control) SetLimit(n int) {
	if n < 0 {
		panic("local: negative limit")
	}
	if n == 0 {
		n = Most()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = n
	if c.run != nil {
		c.run.seats.resize(n)
	}
}

// Limit returns how many tasks may run at a time; 0 if no run has begun and
// nobody has said.
func (c *Control) Limit() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.limit
}

// step raises or lowers the limit, never below 1.
func (c *Control) step(by int) { c.SetLimit(max(1, c.Limit()+by)) }

// Cancel ends the task of that number as a time-out would, and reports whether
// it runs; its outcome is Cancelled.
func (c *Control) Cancel(seq int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run != nil && c.run.seats.cancel(seq)
}

// suspend stops what runs, and this program, until somebody continues it.
func (c *Control) suspend() {
	c.mu.Lock()
	r := c.run
	c.mu.Unlock()
	if r == nil {
		stopSelf()
		return
	}
	r.system.suspend()
}

// bind begins a run.
func (c *Control) bind(r *runner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run = r
	if c.limit > 0 {
		r.seats.resize(c.limit)
	} else {
		c.limit = r.seats.limit
	}
}

func (c *Control) unbind() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run = nil
}
