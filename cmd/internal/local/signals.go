package local

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/task"
)

// Signals gives a context that is done, with a [task.Interrupted] as its
// cause, at the first SIGINT, SIGTERM or SIGHUP. At the second kill is closed,
// which is for [Options]; at the third the program exits at once. Signals that
// were ignored when the program started stay so. release goes back to the
// system's ways.
//
// SIGUSR1 lets one more task run at a time, SIGUSR2 one fewer, as with xargs;
// SIGTSTP stops the tasks and the program, until it is continued. Without c
// these three are left alone.
//
// If the program has a guard, what that one hears counts too, and its end is
// the end of everything.
//
// Writing to a closed pipe is an ordinary error from now on.
func Signals(parent context.Context, c *Control) (ctx context.Context, kill <-chan struct{}, release func()) {
	ctx, cancel := context.WithCancelCause(parent)
	killed := make(chan struct{})
	h := &hearing{control: c, cancel: cancel, killed: killed}
	got := make(chan os.Signal, 8)
	all := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
	if c != nil {
		all = append(all, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP)
	}
	for _, s := range all {
		if !signal.Ignored(s) {
			signal.Notify(got, s)
		}
	}
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.heed(got, hearGuard())
	}()
	return ctx, killed, func() {
		signal.Stop(got)
		signal.Stop(broken)
		close(got)
		<-done
		cancel(nil)
	}
}

// hearing is what becomes of signals.
type hearing struct {
	control *Control
	cancel  context.CancelCauseFunc
	killed  chan struct{}

	// What a terminal sends to both of us, the guard passes on besides: so of
	// each kind as many count as came on that way on which more came.
	heard map[syscall.Signal]*[2]int
	acted map[syscall.Signal]int
	last  [2]struct {
		signal syscall.Signal
		at     time.Time
	}
}

// heed acts on one signal after the other until got is closed.
func (h *hearing) heed(got, passed <-chan os.Signal) {
	h.heard, h.acted = map[syscall.Signal]*[2]int{}, map[syscall.Signal]int{}
	for {
		select {
		case s, ok := <-got:
			if !ok {
				return
			}
			h.hear(s.(syscall.Signal), 0)
		case s, ok := <-passed:
			if !ok {
				passed = nil
				h.guardDied()
				continue
			}
			h.hear(s.(syscall.Signal), 1)
		}
	}
}

// twice is how soon after the first the same signal is no second one:
// timeout(1) sends it to us and to our group.
const twice = 50 * time.Millisecond

// hear counts a signal, and acts on it if it is news. All that end us are of
// one kind.
func (h *hearing) hear(s syscall.Signal, way int) {
	kind := s
	switch s {
	case syscall.SIGTERM, syscall.SIGHUP:
		kind = syscall.SIGINT
	}
	last := &h.last[way]
	again := kind == syscall.SIGINT && last.signal == s && time.Since(last.at) < twice
	last.signal, last.at = s, time.Now()
	if again {
		return
	}
	if h.heard[kind] == nil {
		h.heard[kind] = new([2]int)
	}
	h.heard[kind][way]++
	if h.heard[kind][way] > h.acted[kind] {
		h.acted[kind]++
		h.act(s, h.acted[kind])
	}
}

// act acts on the nth signal of its kind.
func (h *hearing) act(s syscall.Signal, n int) {
	switch {
	case s == syscall.SIGUSR1:
		h.control.step(1)
	case s == syscall.SIGUSR2:
		h.control.step(-1)
	case s == syscall.SIGTSTP:
		h.control.suspend()
	case n == 1:
		h.cancel(task.Interrupted(s))
	case n == 2 && !closed(h.killed):
		close(h.killed)
	default:
		os.Exit(128 + int(s))
	}
}

// guardDied ends everything: it was killed, and so are we.
func (h *hearing) guardDied() {
	h.cancel(task.Interrupted(syscall.SIGKILL))
	if !closed(h.killed) {
		close(h.killed)
	}
	go unguarded()
}
