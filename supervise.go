package skein

import (
	"context"
	"errors"
	"time"
)

// Restart says when a supervised worker is started anew. Its zero value is a
// sane choice.
//
// Together Backoff.Attempts and Period are what Erlang calls intensity: the
// worker is given up as soon as Attempts of its attempts have failed within a
// Period. What failed longer ago is forgotten, by the waits in between too: they
// grow with the number of failures within the Period. With the zero value that
// is the fifth failure within a minute.
type Restart struct {
	Backoff Backoff
	Period  time.Duration // 0 means a minute; negative panics

	// Always starts the worker anew when it has returned nil too, which then
	// counts as a failure. Otherwise a nil ends it: its work is done.
	Always bool

	// Failed, if it is not nil, is called with each failure, the last one
	// too, before the wait for the next attempt: by the worker, one call at
	// a time. Nothing else tells of a failure that is mended by a restart. A
	// panic arrives as a *PanicError, a Goexit as ErrGoexit.
	Failed func(attempt int, err error)
}

var errReturned = errors.New("it returned nil")

// Supervise gives f to g as a worker with a name, and starts it anew when it
// fails, as r says: with an error, a panic or a [runtime.Goexit]. It reports
// what [Group.GoNamed] does. Supervise is a submission.
//
// For the group it is one worker, with one outcome:
//
//   - succeeded, when f returns nil (but see Restart.Always);
//   - failed, with a [*RetryError] that wraps f's last error, when it failed too
//     often, or with err itself if f returns [Permanent](err);
//   - panicked or goexit, when it failed too often and the last attempt ended
//     like this: the panic comes out of the group's Wait as the *PanicError that
//     it was;
//   - cancelled, once the group's context is done, also while it waits. A
//     failure or a panic that comes after that is told as any task's is.
//
// Each attempt runs in a child group that has the worker's name. So it can end
// in any way, it is seen where groups are listed, and its context is done when
// it has ended: what it has left behind can notice. [Attempt] tells f the number.
// An attempt begins when the one before it has ended; what it wrote is seen.
//
// A panic is taken for a failure of the attempt, which the next one does not
// inherit. Where f shares state with others which a panic may have left half
// changed, let it crash: with [CrashOnPanic] on the group no panic is mended.
//
//go:noinline
func Supervise(g *Group, name string, f func(ctx context.Context) error, r Restart) bool {
	if f == nil {
		panic("skein: nil function")
	}
	if r.Period < 0 {
		panic("skein: negative Restart.Period")
	}
	if r.Period == 0 {
		r.Period = time.Minute
	}
	r.Backoff = r.Backoff.filled()
	s := &supervisor{Restart: r, group: g, f: f, pc: callerPC(), job: job{name: name, entry: entryOf(f)}}
	return g.submit(task{s.run, s.pc, &s.job.ask}, false)
}

type supervisor struct {
	Restart
	group *Group
	f     func(context.Context) error
	pc    uintptr
	job   job // the worker's, and each attempt's

	attempts int         // till now
	failures []time.Time // those within the last Period
}

// ending is how an attempt ended: with err, which is panicked or ErrGoexit if
// it did not return.
type ending struct {
	err      error
	panicked *PanicError
	goexit   bool
}

func (s *supervisor) run(ctx context.Context) error {
	for {
		s.attempts++
		e, started := s.attempt()
		cause := s.group.scope.ended()
		if !started {
			return cause
		}
		if e.err == nil && !s.Always || cause != nil {
			return e.out()
		}
		if e.err == nil {
			e.err = errReturned
		}
		if s.Failed != nil {
			s.Failed(s.attempts, e.err)
		}
		if lasting, ok := permanent(e.err); ok && e.returned() {
			return lasting
		}
		failed := &RetryError{Name: s.job.name, Attempts: s.attempts, Err: e.err}
		n := s.count(time.Now())
		if n >= s.Backoff.Attempts {
			if e.returned() {
				return failed
			}
			return e.out()
		}
		if failed.Cause = pause(ctx, s.Backoff.delay(n)); failed.Cause != nil {
			return failed
		}
	}
}

// count adds a failure, and returns how many there were within the Period.
func (s *supervisor) count(now time.Time) int {
	old := 0
	for old < len(s.failures) && now.Sub(s.failures[old]) >= s.Period {
		old++
	}
	s.failures = append(s.failures[:0], s.failures[old:]...)
	s.failures = append(s.failures, now)
	return len(s.failures)
}

func (e *ending) returned() bool { return e.panicked == nil && !e.goexit }

// out ends the worker as its attempt has ended.
func (e *ending) out() error {
	if e.returned() {
		return bare(e.err)
	}
	panic(&carried{panicked: e.panicked, err: e.err})
}

// attempt calls f in a group of its own, and reports false if that group was
// cancelled first.
func (s *supervisor) attempt() (e ending, started bool) {
	child := s.group.child(s.pc, &config{name: s.job.name, backlog: -1, crash: s.group.config.crash})
	child.dog.hush()
	e.goexit = true
	call := func(ctx context.Context) error {
		started = true
		e.err = s.f(withAttempt(ctx, s.attempts))
		e.goexit = false
		return e.err
	}
	child.submit(task{call, s.pc, &s.job.ask}, false)
	v := panicked(child)
	switch {
	case v != nil:
		e.panicked = &PanicError{Value: v.Value, Stack: v.Stack, Name: s.job.name}
		e.err, e.goexit = e.panicked, false
	case e.goexit:
		e.err = ErrGoexit
	}
	return e, started
}

// panicked waits for a group and returns the panic that comes out of Wait, if
// one does.
func panicked(g *Group) (p *PanicError) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *PanicError:
			p = v
		default:
			panic(v) // of a context that is not the standard library's
		}
	}()
	_ = g.Wait() // the task has kept its error
	return nil
}
