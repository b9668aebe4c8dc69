package skein

import (
	"context"
	"errors"
	"sync"
	"unsafe"
)

// ErrNotReady is the error of a task given to [Group.Start] that returned nil
// and had not said that it is ready.
var ErrNotReady = errors.New("skein: worker returned before it was ready")

// starting is a task that Start waits for.
type starting struct {
	ask   ask // first
	group *Group
	once  sync.Once
	ready chan struct{} // closed by f
	over  chan struct{} // closed when the task has ended
	err   error         // written once before over is closed, read only after; so is
	never bool          // it has not begun
}

// Start gives f to the group as [Group.Go] does, and returns nil as soon as f
// calls ready: a server that listens, a cache that is filled. f then goes on as
// a task like any other. More calls of ready do nothing; it may be called from
// any goroutine. Start is a submission, and a wait.
//
// Otherwise Start returns
//
//   - f's error, if f ends before it is ready: [ErrNotReady] if it returns nil,
//     [ErrGoexit], or a [*PanicError]. It is the group's too, as every task's
//     is: Wait tells it, or panics with it, and a group that fails fast is
//     cancelled when Start returns;
//   - the group's cause, once the group is cancelled. Start does not wait for
//     an f that runs to end; Wait does.
//
// Beyond the group's limit f waits in the queue, and Start with it: a task that
// calls Start on its own full group may wait for itself. Start panics after Wait
// has returned.
//
// In the terminology of the Go memory model, the first call of ready
// "synchronizes before" the return of Start.
//
//go:noinline
func (g *Group) Start(f func(ctx context.Context, ready func()) error) error {
	if f == nil {
		panic("skein: nil function")
	}
	s := &starting{group: g, ready: make(chan struct{}), over: make(chan struct{})}
	s.ask.of(s)
	if !g.submit(task{*(*func(context.Context) error)(unsafe.Pointer(&f)), callerPC(), &s.ask}, false) {
		return g.refusal()
	}
	return s.wait()
}

func (s *starting) wait() error {
	g := s.group
	select {
	case <-s.ready:
	case <-s.over:
	case <-g.scope.Done():
	}
	switch { // several may be closed: what came first counts
	case isClosed(s.ready):
		return nil
	case !isClosed(s.over):
		return context.Cause(&g.scope)
	case s.never:
		return s.err
	}
	if g.policy() == failFast {
		<-g.scope.Done() // it is being cancelled
	}
	if g.scope.Err() != nil && g.echoes(s.err) {
		return context.Cause(&g.scope)
	}
	return s.err
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// run is the task.
func (s *starting) run(ctx context.Context, task func(context.Context) error) error {
	f := *(*func(ctx context.Context, ready func()) error)(unsafe.Pointer(&task))
	err := f(ctx, func() { s.once.Do(func() { close(s.ready) }) })
	if err == nil && !isClosed(s.ready) {
		err = ErrNotReady
	}
	s.end(err)
	return err
}

// broken ends it with a panic or a Goexit.
//
//go:norace
func (s *starting) broken(_ *PanicError, err error) { s.end(err) }

// skipped ends it before it has begun. Nothing that the race detector knows of
// orders it after Start.
//
//go:norace
func (s *starting) skipped(cause error) {
	s.never = true
	s.end(cause)
}

//go:norace
func (s *starting) end(err error) {
	s.err = err
	close(s.over)
}
