package local

import (
	"sync"

	"example.com/skein/cmd/internal/task"
)

// mostUnread is how many bytes of outputs may wait for who reads the events.
const mostUnread = 1 << 20

// unread counts the outputs of tasks that have ended which nobody has taken yet.
// Outputs that come faster than they are written would fill the spool's memory, and
// all others would have to go through its file, which takes longer than to write
// them. So slots wait before they send more.
type unread struct {
	mu    sync.Mutex
	less  sync.Cond
	bytes int64
}

func newUnread() *unread {
	u := new(unread)
	u.less.L = &u.mu
	return u
}

// outputs is how much an event counts.
func outputs(ev *task.Event) int64 {
	if ev.Kind != task.Finished {
		return 0
	}
	return ev.Stdout.Len() + ev.Stderr.Len()
}

// add waits for room for n bytes more, and takes it. There is room for anything
// where nothing else is, so that whoever reads lets all through in the end.
func (u *unread) add(n int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for u.bytes > 0 && u.bytes+n > mostUnread {
		u.less.Wait()
	}
	u.bytes += n
}

// took gives room back.
func (u *unread) took(n int64) {
	u.mu.Lock()
	u.bytes -= n
	u.mu.Unlock()
	u.less.Broadcast()
}
