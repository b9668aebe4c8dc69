package skein

import (
	"math"
	"math/bits"
	"time"
)

// Option configures a group, or one of the functions that work like one. Where
// an option is repeated the last holds. Two policies together ([KeepGoing] and
// [FirstSuccess]) panic at the call, and so does an option that the function
// cannot honour:
//
//	New, Run, Group.Group   all but Unordered
//	Map, Each               Limit, Name, KeepGoing, CrashOnPanic, Observe, StuckAfter, Rate
//	EachSeq                 these and Backlog
//	Stream, Pipe            these, Backlog and Unordered
type Option struct {
	kind kind
	set  func(*config)
}

// kind tells options apart: one bit each, so that a set of them is one too.
type kind uint16

const (
	kindLimit kind = 1 << iota
	kindBacklog
	kindName
	kindKeepGoing
	kindFirstSuccess
	kindCrashOnPanic
	kindDedicated
	kindObserve
	kindStuckAfter
	kindRate
	kindUnordered
)

var kindNames = [...]string{"Limit", "Backlog", "Name", "KeepGoing", "FirstSuccess", "CrashOnPanic", "Dedicated", "Observe", "StuckAfter", "Rate", "Unordered"}

// What each function can honour.
const (
	groupKinds  = kindUnordered - 1
	sliceKinds  = kindLimit | kindName | kindKeepGoing | kindCrashOnPanic | kindObserve | kindStuckAfter | kindRate
	seqKinds    = sliceKinds | kindBacklog
	streamKinds = seqKinds | kindUnordered
)

// policy says what the end of one worker means for the others.
type policy uint8

const (
	failFast policy = iota
	keepGoing
	firstSuccess
)

// config is what options set. It does not change afterwards, but for the
// limit, which the group copies.
type config struct {
	given     kind // the options that were given
	name      string
	limit     int
	backlog   int // -1: none
	policy    policy
	crash     bool
	dedicated bool
	unordered bool
	rate      bucket
	observe   func(Event)

	stuckAfter time.Duration
	report     func(Report)
}

var plain = config{backlog: -1}

// configure reads the options of a call of function, which can honour those of
// the kinds allowed.
func configure(function string, allowed kind, opts []Option) *config {
	if len(opts) == 0 {
		return &plain
	}
	c := plain
	for _, o := range opts {
		if o.set != nil {
			o.set(&c)
			c.given |= o.kind
		}
	}
	if refused := c.given &^ allowed; refused != 0 {
		panic("skein: " + function + " cannot honour " + kindNames[bits.TrailingZeros16(uint16(refused))])
	}
	if both := kindKeepGoing | kindFirstSuccess; c.given&both == both {
		panic("skein: KeepGoing and FirstSuccess exclude each other")
	}
	return &c
}

// policy is the zero group's too, which has no config before it is used.
//
//go:norace
func (g *Group) policy() policy {
	if g.config == nil {
		return failFast
	}
	return g.config.policy
}

// Limit lets at most n workers run at the same time; more wait in a queue. 0
// means no limit, and a negative n panics. [Group.SetLimit] changes it. A task
// that waits in the queue costs no goroutine, and less time than one that is
// started at once (BenchmarkLimit, BenchmarkPool).
func Limit(n int) Option {
	checkLimit(n)
	return Option{kindLimit, func(c *config) { c.limit = n }}
}

func checkLimit(n int) {
	if n < 0 {
		panic("skein: negative limit")
	}
}

// Backlog makes [Group.Go] block while n tasks wait in the queue, for those
// who produce faster than the workers consume: memory is then bounded by the
// limit and n. With 0 Go blocks until the task can start, as errgroup's does
// under SetLimit.
//
// Without a limit Backlog has no effect. A negative n panics. A worker that
// submits to its own group may block for ever, waiting for itself: without
// Backlog it never does.
func Backlog(n int) Option {
	if n < 0 {
		panic("skein: negative backlog")
	}
	return Option{kindBacklog, func(c *config) { c.backlog = min(n, math.MaxInt32) }}
}

// Name gives the group a name, for reports and events.
func Name(name string) Option {
	return Option{kindName, func(c *config) { c.name = name }}
}

// KeepGoing lets a group run all its tasks whatever becomes of them, and Wait
// return all errors, joined in the order of submission (see [errors.Join]; one
// error comes back as it is). A panic cancels the group even so.
func KeepGoing() Option { return Option{kindKeepGoing, func(c *config) { c.policy = keepGoing }} }

// FirstSuccess ends a group with the first worker that returns nil: the others
// are cancelled, and Wait returns nil. If none succeeds Wait returns all
// errors, joined in the order of submission; without any task, nil.
func FirstSuccess() Option {
	return Option{kindFirstSuccess, func(c *config) { c.policy = firstSuccess }}
}

// CrashOnPanic makes a panic in a worker crash the program at once, from the
// worker's goroutine and without releasing Wait, as it does in a goroutine
// started by a go statement. The default carries it to Wait.
func CrashOnPanic() Option { return Option{kindCrashOnPanic, func(c *config) { c.crash = true }} }

// Dedicated gives every task a goroutine of its own. By default a goroutine
// that has ended a task may take the next one, which is what makes short tasks
// cheap; all that can be noticed is that a task which ends with its thread
// still locked (see [runtime.LockOSThread]) leaves it locked for the next, and
// that a stack which once grew deep stays with its goroutine. Tasks that lock
// a thread and do not unlock it, so that it ends with them, need Dedicated.
func Dedicated() Option { return Option{kindDedicated, func(c *config) { c.dedicated = true }} }

// Observe calls f when a worker starts and when it ends: on the worker's own
// goroutine, concurrently for different workers, with no lock held. The end is
// told before the worker is counted out, so that all of a group's events come
// before the return of Wait. A panic in f is the worker's. Tasks that are
// skipped are told on one goroutine, which counts as a worker until it is done.
//
// An observed task costs two readings of the clock more. A nil f panics.
func Observe(f func(Event)) Option {
	if f == nil {
		panic("skein: nil function")
	}
	return Option{kindObserve, func(c *config) { c.observe = f }}
}
