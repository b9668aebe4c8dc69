package skein

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"
)

// scope is the context of a group. The cancelable context of the standard
// library that it stands for is made when somebody first asks it for more than
// its deadline: most short tasks never do, and making and cancelling it costs
// as much as ten of them.
//
// Contexts derived from a scope find the standard one through Value and Done,
// so that they need no goroutine of their own and context.Cause works.
type scope struct {
	parent context.Context // nil: the background

	// made is nil, then perhaps the standard context for the rest of its
	// life. At the end of the group nil becomes over, so that a context that
	// is asked for later is done from its beginning.
	made atomic.Pointer[made]
}

type made struct {
	context.Context
	cancel context.CancelCauseFunc
}

// over marks a scope that ended before anybody had asked it.
var over made

func checkContext(ctx context.Context) {
	if ctx == nil {
		panic("skein: nil context")
	}
}

func (s *scope) base() context.Context {
	if s.parent == nil {
		return context.Background()
	}
	return s.parent
}

// parentErr is other people's code, to be called without a lock held.
func (s *scope) parentErr() error {
	if s.parent == nil {
		return nil
	}
	return s.parent.Err()
}

func (s *scope) get() *made {
	for {
		old := s.made.Load()
		if old != nil && old != &over {
			return old
		}
		m, parent := new(made), s.base()
		if old == &over {
			parent = context.WithoutCancel(parent) // its end came after the group's
		}
		m.Context, m.cancel = context.WithCancelCause(parent)
		if old == &over {
			m.cancel(nil)
		}
		if s.made.CompareAndSwap(old, m) {
			return m
		}
		m.cancel(nil) // somebody was faster: leave nothing with the parent
	}
}

// cancel runs other people's code, and must not be called with a lock held.
func (s *scope) cancel(cause error) { s.get().cancel(cause) }

// endUnused ends a scope that nobody has asked, and reports false if somebody
// has: then cancel must do it. It runs nobody's code.
func (s *scope) endUnused() bool { return s.made.CompareAndSwap(nil, &over) }

func (s *scope) Deadline() (time.Time, bool) { return s.base().Deadline() }
func (s *scope) Done() <-chan struct{}       { return s.get().Done() }

// Value is the parent's, but for the key by which package context finds contexts
// of its own: that is an *int. For the others no context is made. Making and
// cancelling one locks the parent's, which orders those who do so, and hides the
// races between them.
func (s *scope) Value(key any) any {
	if _, ok := key.(*int); ok {
		return s.get().Value(key)
	}
	return s.base().Value(key)
}

func (s *scope) Err() error {
	if s.made.Load() == nil {
		return s.parentErr()
	}
	return s.get().Err()
}

// ended returns why the scope is done, or nil if it is not. It asks the parent
// too: a context that package context does not know is watched by a goroutine,
// and is done a little earlier than the one that was made for it.
func (s *scope) ended() error {
	if s.Err() != nil {
		if cause := context.Cause(s); cause != nil {
			return cause
		}
	}
	if err := s.parentErr(); err != nil {
		return cmp.Or(context.Cause(s.base()), err)
	}
	return nil
}

func (s *scope) String() string { return "skein.Group.Context" }
