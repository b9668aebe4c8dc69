package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/skein"
	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/task"
)

// errAgain is the error of an attempt that another one follows.
var errAgain = errors.New("another attempt follows")

// errByHand is why a task is cancelled by Control.
var errByHand = errors.New("cancelled by hand")

// attempts runs the command until an attempt is not to be followed by another
// one. The slot is kept in between, as with [skein.Retry].
func (s *slot) attempts(ev task.Event) {
	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	s.giveUp.Store(&cancel)
	defer s.giveUp.Store(nil)
	var last task.Event
	ended := false
	skein.Retry(s.o.backoff(), func(ctx context.Context) error {
		ev.Attempt = skein.Attempt(ctx)
		var err error
		last, err = s.attempt(ev)
		if err == nil && s.again(ctx, last) {
			s.retried(last)
			return errAgain
		}
		s.end(last, err)
		ended = true
		return nil
	})(ctx)
	switch {
	case ended:
	case last.Attempt == 0:
		s.skip(ev.Spec)
	default:
		s.end(waited(ctx, last), nil)
	}
}

// longestWait is the most to wait for another attempt, unless the first wait
// may be longer.
const longestWait = time.Minute

// backoff is how often and how soon a task is tried again.
func (o *Options) backoff() skein.Backoff {
	if o.Backoff == 0 {
		return skein.Backoff{Attempts: o.Attempts, First: 1, Cap: 1} // as good as none
	}
	return skein.Backoff{Attempts: o.Attempts, First: o.Backoff, Cap: max(o.Backoff, longestWait)}
}

// again reports whether another attempt follows this one.
func (s *slot) again(ctx context.Context, ev task.Event) bool {
	if ev.Attempt >= s.o.Attempts || ctx.Err() != nil || !policy.Failure(ev.Outcome) {
		return false
	}
	return s.o.RetryOn == nil || s.o.RetryOn(ev)
}

// retried sends the end of an attempt that another one follows.
func (s *slot) retried(ev task.Event) {
	ev.Kind = task.Retried
	s.give(ev)
}

// waited is the end of a task that waited for its next attempt.
func waited(ctx context.Context, last task.Event) task.Event {
	ev := task.Event{Spec: last.Spec, Command: last.Command, Slot: last.Slot, Attempt: last.Attempt}
	ev = notStarted(ev, fmt.Errorf("%w, after attempt %d %s", context.Cause(ctx), last.Attempt, policy.Said(last.Outcome)))
	ev.Outcome = task.Cancelled
	return ev
}
