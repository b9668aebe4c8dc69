package local

import (
	"sync"

	"example.com/skein/cmd/internal/task"
)

// mostUnread is how many bytes of outputs may wait for who reads the events.
const mostUnread = 1 << 20

// unread counts the outputs of attempts that have ended which nobody has taken yet.
// Outputs that come faster than they are written would fill the spool's memory, and
// all others would have to go through its file, which takes longer than to write
// them. So slots wait before they send more: in the order in which they came, as
// small outputs would otherwise keep a large one waiting for ever, and not once the
// run is stopped, as what is left of it is ended after the last of them.
type unread struct {
	mu    sync.Mutex
	less  sync.Cond
	bytes int64
	last  int // the number of the slot that came last
	turn  int // and of the one whose turn it is
	over  bool
}

func newUnread() *unread {
	u := new(unread)
	u.less.L = &u.mu
	return u
}

// outputs is how much an event counts.
func outputs(ev *task.Event) int64 {
	if ev.Kind != task.Finished && ev.Kind != task.Retried {
		return 0
	}
	return ev.Stdout.Len() + ev.Stderr.Len()
}

// add waits for room for n bytes more, and takes it; none need no room. There is room
// for anything where nothing else is, so that whoever reads lets all through in the end.
func (u *unread) add(n int64) {
	if n == 0 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	mine := u.last
	u.last++
	for !u.over && (mine != u.turn || u.bytes > 0 && u.bytes+n > mostUnread) {
		u.less.Wait()
	}
	u.turn++
	u.bytes += n
	u.less.Broadcast()
}

// took gives room back.
func (u *unread) took(n int64) {
	if n == 0 {
		return // most events have none
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.bytes -= n
	u.less.Broadcast()
}

// end lets everybody through.
func (u *unread) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
	u.less.Broadcast()
}
