package skein

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Backoff says how often something is attempted and how long to wait in
// between. Every field may be left zero.
//
// The wait after the n-th attempt is drawn anew each time, evenly from 0 to
// First·Factor^(n-1) or Cap, whichever is less: "full jitter", as Marc Brooker
// calls it in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015),
// which measures that many clients who were refused together come back with
// the fewest collisions that way. So a wait can be very short.
//
// A Backoff is a value that nothing changes: it may be shared and copied. What
// takes one panics if a field is negative or Factor is less than 1.
type Backoff struct {
	Attempts int           // in total, the first one included; 0 means 5. There is no "for ever": math.MaxInt comes close
	First    time.Duration // the most to wait after the first attempt; 0 means 100 ms
	Cap      time.Duration // the most to wait after any; 0 means 10 s
	Factor   float64       // by which the most grows with each attempt; 0 means 2, and 1 keeps it as it is
}

// filled returns b with what its zero fields mean.
func (b Backoff) filled() Backoff {
	switch {
	case b.Attempts < 0:
		panic("skein: negative Backoff.Attempts")
	case b.First < 0 || b.Cap < 0:
		panic("skein: negative duration in a Backoff")
	case b.Factor != 0 && !(b.Factor >= 1): // not a number is no factor either
		panic("skein: Backoff.Factor is less than 1")
	}
	if b.Attempts == 0 {
		b.Attempts = 5
	}
	if b.First == 0 {
		b.First = 100 * time.Millisecond
	}
	if b.Cap == 0 {
		b.Cap = 10 * time.Second
	}
	if b.Factor == 0 {
		b.Factor = 2
	}
	return b
}

// most is the longest wait after n attempts.
func (b Backoff) most(n int) time.Duration {
	most := float64(b.First) * math.Pow(b.Factor, float64(n-1)) // may be infinite
	if most < float64(b.Cap) {
		return time.Duration(most)
	}
	return b.Cap
}

// delay draws the wait after n attempts.
func (b Backoff) delay(n int) time.Duration {
	return time.Duration(rand.Uint64N(uint64(b.most(n)) + 1))
}

// Retry wraps f: the function it returns calls f until it returns nil, waiting
// between two attempts as b says. It is made for [Group.Go], and keeps its slot
// of the group's limit while it waits: Retry is a wrapper.
//
//	g.Go(skein.Retry(skein.Backoff{Attempts: 3}, fetch))
//
// It works without a group too, and may be called several times, also at the
// same time; each call counts its own attempts, and [Attempt] tells f the
// number. It returns
//
//   - nil as soon as f does;
//   - a [*RetryError] that wraps f's last error, when the attempts are used up,
//     or when the wait for the next would last to the deadline of the context
//     or beyond it: then it does not wait at all;
//   - err itself, if f returns [Permanent](err);
//   - f's error as it is, if the context is done by then, so that what only
//     echoes a cancellation stays what it is;
//   - a *RetryError that wraps f's last error and the context's cause, if the
//     context is done while it waits;
//   - the context's cause, if the context was done before the first attempt.
//
// While the context is not done an error that is context.Canceled or
// context.DeadlineExceeded is one like any other: a time limit of a single
// attempt is set in f, with [context.WithTimeout], one for all of them around
// Retry. A panic and a [runtime.Goexit] in f are not retried.
func Retry(b Backoff, f func(ctx context.Context) error) func(ctx context.Context) error {
	if f == nil {
		panic("skein: nil function")
	}
	b = b.filled()
	return func(ctx context.Context) error {
		checkContext(ctx)
		return b.retry(ctx, f)
	}
}

func (b Backoff) retry(ctx context.Context, f func(context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for n := 1; ; n++ {
		err := f(withAttempt(ctx, n))
		if err == nil || ctx.Err() != nil {
			return bare(err)
		}
		if lasting, ok := permanent(err); ok {
			return lasting
		}
		failed := &RetryError{Attempts: n, Err: err}
		if n >= b.Attempts {
			return failed
		}
		delay := b.delay(n)
		if until, ok := ctx.Deadline(); ok && time.Until(until) <= delay {
			return failed
		}
		if failed.Cause = pause(ctx, delay); failed.Cause != nil {
			return failed
		}
	}
}

// pause waits for d, and returns why if the context is done before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// RetryError is the error of a [Retry] or [Supervise] that gave up. [errors.Is]
// and [errors.As] reach both errors in it.
type RetryError struct {
	Name     string // of the supervised worker; empty for Retry
	Attempts int    // that were made, from 1
	Err      error  // of the last one
	Cause    error  // of the context that was done before the next one; else nil
}

// Error tells the number of attempts and the last one's error.
func (e *RetryError) Error() string {
	text := "skein: "
	if e.Name != "" {
		text += e.Name + ": "
	}
	plural := "s"
	if e.Attempts == 1 {
		plural = ""
	}
	if e.Cause != nil {
		return fmt.Sprintf("%sstopped after %d attempt%s: %v; the last error: %v", text, e.Attempts, plural, e.Cause, e.Err)
	}
	return fmt.Sprintf("%sgave up after %d attempt%s: %v", text, e.Attempts, plural, e.Err)
}

// Unwrap returns Err, and Cause if there is one.
func (e *RetryError) Unwrap() []error {
	if e.Cause != nil {
		return []error{e.Err, e.Cause}
	}
	return []error{e.Err}
}

// Permanent marks an error that another attempt would not mend: [Retry] and
// [Supervise] end with it at once, and return err itself. The mark is seen
// through errors that wrap it; then what they make of it is returned as it is.
// So the mark is gone where Retry has seen it: a Supervise around a Retry would
// start anew. Elsewhere the marked error reads like err and wraps it.
// Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Permanent lets other packages see the mark: errors.As finds what has it.
func (*permanentError) Permanent() bool { return true }

// permanent reports whether err is marked, and returns it without the mark.
func permanent(err error) (error, bool) {
	var mark *permanentError
	return bare(err), errors.As(err, &mark)
}

// bare takes the mark off.
func bare(err error) error {
	if mark, ok := err.(*permanentError); ok { //errorlint: a mark inside cannot be taken off
		return mark.err
	}
	return err
}

type attemptKey struct{}

func withAttempt(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, attemptKey{}, n)
}

// Attempt returns which attempt it is, counted from 1, in a function that
// [Retry] or [Supervise] calls: by the context it was given, the innermost of
// the two if they are nested. Elsewhere it returns 0.
func Attempt(ctx context.Context) int {
	n, _ := ctx.Value(attemptKey{}).(int)
	return n
}
