package local

import (
	"context"

	"example.com/skein"
)

// crew is the workers of a run, counted. It crashes on a panic instead of
// carrying it: the jobs would run on meanwhile, and the kernel ends them with
// us.
type crew struct{ group *skein.Group }

func newCrew() crew {
	return crew{skein.New(context.Background(), skein.Name("run"), skein.CrashOnPanic())}
}

// start starts a worker.
func (c crew) start(name string, f func()) {
	c.group.GoNamed(name, func(context.Context) error {
		f()
		return nil
	})
}

// wait waits for all workers. They return no errors: what went wrong stands
// in the events.
func (c crew) wait() { c.group.Wait() }
