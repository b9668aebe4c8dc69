package cluster

import (
	"math/rand/v2"
	"time"
)

// TypeOption says how tasks of a type are run.
type TypeOption interface{ ofType(*typeConfig) }

// SubmitOption says how a task is run, if that is another way than its type
// says.
type SubmitOption interface{ ofTask(*taskConfig) }

// TaskOption is for a type, and for a task.
type TaskOption interface {
	TypeOption
	SubmitOption
}

type taskConfig struct {
	attempts int           // 0 of a task: as its type says
	timeout  time.Duration // the same
}

type typeConfig struct {
	taskConfig
	first, most time.Duration // the wait between attempts
	codec       Codec
	version     int
}

var defaults = typeConfig{
	taskConfig: taskConfig{attempts: 5},
	first:      time.Second, most: time.Minute,
	codec: JSON, version: 1,
}

type taskOption func(*taskConfig)

func (f taskOption) ofType(c *typeConfig) { f(&c.taskConfig) }
func (f taskOption) ofTask(c *taskConfig) { f(c) }

type typeOption func(*typeConfig)

func (f typeOption) ofType(c *typeConfig) { f(c) }

// Attempts is how often a task is tried in total, where its handler returns an
// error, panics, ends its goroutine or takes too long; 5 unless it is given. A
// worker that vanishes with a task takes none of them: that has a limit of its
// own. A handler's [skein.Permanent] error, and a cancelled run, end a task at
// once.
func Attempts(n int) TaskOption {
	if n < 1 {
		panic("cluster: Attempts: less than one")
	}
	return taskOption(func(c *taskConfig) { c.attempts = n })
}

// Timeout is how long an attempt may take, after which its context is done; as
// long as it likes unless it is given. It panics if d is not more than 0.
func Timeout(d time.Duration) TaskOption {
	if d <= 0 {
		panic("cluster: Timeout: no time at all")
	}
	return taskOption(func(c *taskConfig) { c.timeout = d })
}

// Backoff is how long to wait between attempts: after the first at most first,
// then twice as long each time, but never longer than most; a second and a minute
// unless it is given. How long it really is is drawn each time, evenly from 0 to
// that ("full jitter", as in [skein.Backoff]). The server has the task meanwhile;
// in a run with a [Limit] it counts as one that runs. Zeroes: the next attempt may
// begin at once.
func Backoff(first, most time.Duration) TypeOption {
	if first < 0 || most < first {
		panic("cluster: Backoff: negative, or the first is more than the most")
	}
	return typeOption(func(c *typeConfig) { c.first, c.most = first, most })
}

// Version is that of a type's arguments; 1 unless it is given. A handler gets
// those of its own and of older versions, and fails what is newer.
func Version(n int) TypeOption {
	if n < 1 {
		panic("cluster: Version: less than one")
	}
	return typeOption(func(c *typeConfig) { c.version = n })
}

// Encoding is how arguments and results are written; [JSON] unless it is given.
func Encoding(codec Codec) TypeOption {
	return typeOption(func(c *typeConfig) { c.codec = codec })
}

func (c *typeConfig) check(whose string) {
	if c.codec == nil {
		panic("cluster: " + whose + ": Encoding(nil)")
	}
	if err := checkName("codec", c.codec.Name()); err != nil {
		panic(err.Error())
	}
}

// soonest is the shortest wait that is worth being given back for.
const soonest = 10 * time.Millisecond

// wait draws how long to wait after an attempt.
func (c *typeConfig) wait(attempt int) time.Duration {
	most := c.most
	if shift := attempt - 1; shift < 32 {
		most = min(most, c.first<<shift)
	}
	if most <= 0 {
		return 0
	}
	if d := time.Duration(rand.Int64N(int64(most) + 1)); d >= soonest {
		return d
	}
	return 0
}
