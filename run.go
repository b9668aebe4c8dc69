package skein

import "context"

// Run calls body with a new group, waits for all that it submits, and returns
// what the group's Wait returns: a scope, out of which no worker gets. The
// group's context, which is ctx's child, is done when Run returns. Run is a
// scope.
//
// An error of the body counts as if it had been returned by a task submitted
// last; under every policy it cancels the group, unless the group has ended
// because the body itself waited for it: then Run returns the body's error, if
// there is one. A nil is no success for [FirstSuccess], and after a success an
// error is dropped like every other.
//
// Run does not recover a panic of its body, nor stop a [runtime.Goexit] in it:
// the group is cancelled, Run waits until its workers have ended, and the panic
// or the Goexit goes on. If workers have panicked Run panics with a
// [*PanicError].
//
//go:noinline
func Run(ctx context.Context, body func(g *Group) error, opts ...Option) error {
	checkContext(ctx)
	if body == nil {
		panic("skein: nil function")
	}
	return runAt(callerPC(), ctx, body, configure("Run", groupKinds, opts))
}

// runAt is Run at another place.
func runAt(pc uintptr, ctx context.Context, body func(g *Group) error, c *config) error {
	g := &Group{made: pc, scoped: true}
	g.init(ctx, c)
	roots.add(g)
	returned := false
	defer func() {
		if !returned {
			g.Cancel(errBody)
			_ = g.waitAt(pc) // panics if a worker has; errors end with the body
		}
	}()
	err := body(g)
	taken := err != nil && !g.bodyFailed(err) // the error's Is method may panic
	returned = true
	if !taken {
		return g.waitAt(pc)
	}
	_ = g.waitAt(pc) // the body has taken it; a panic it must not keep
	return err
}

// bodyFailed books the error of Run's body, and reports false if the group had
// ended before.
//
//go:norace
func (g *Group) bodyFailed(err error) bool {
	echo := g.judge(err) != Failed
	raceOff()
	defer raceOn()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	if !echo {
		g.fail(last, err)
	}
	if !g.halted {
		g.halt(err)
		g.rest()
	}
	return true
}
