package cluster

import (
	"context"
	"time"
)

// Task is what a handler may know of what it runs.
type Task struct {
	Run string // or queue
	ID  ID

	Attempt  int // from 1
	Attempts int // how many it may have in total

	// Deliveries counts the workers that vanished with this attempt.
	Deliveries int

	// Fence grows with each delivery of the task. Whoever guards what the task
	// changes remembers the largest it has seen, and refuses what comes with a
	// smaller one: that is a worker that was cut off and does not know it.
	// Martin Kleppmann calls it a fencing token ("How to do distributed
	// locking", 2016).
	Fence int64
}

type taskKey struct{}

// TaskOf gives what a handler's context belongs to. It is false of a context
// that is no handler's.
func TaskOf(ctx context.Context) (Task, bool) {
	t, ok := ctx.Value(taskKey{}).(*Task)
	if !ok {
		return Task{}, false
	}
	return *t, true
}

// fence makes one number of a message's place in the task stream and how often
// it was delivered.
func fence(sequence, delivered uint64) int64 {
	const most = 1<<16 - 1
	return int64(sequence<<16 | min(delivered, most))
}

// handlerContext is what a handler gets: its run's context, and what it runs.
// One value instead of two is one allocation for each task.
type handlerContext struct {
	context.Context
	task Task
}

func (c *handlerContext) Value(key any) any {
	if key == (taskKey{}) {
		return &c.task
	}
	return c.Context.Value(key)
}

func (c *handlerContext) until(d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return c, func() {}
	}
	return context.WithTimeout(c, d)
}
