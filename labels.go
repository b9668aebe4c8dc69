package skein

import (
	"context"
	"runtime/pprof"
	"time"
)

// labels is the smallest context that pprof takes a goroutine's labels from.
//
// They are set before every task, as the one before may have changed them, and
// pprof.SetGoroutineLabels looks them up by a key of its own through all that
// a context is wrapped in: 13 to 24 ns. So the look-up is done once for a
// group, and what it found is handed out after that, in dress. That pprof asks
// for one key only is tested.
type labels struct {
	from  context.Context // nil once value is known
	value any
}

var noLabels labels

// labelsOf returns the labels that ctx carries.
func labelsOf(ctx context.Context) *labels {
	for {
		s, ok := ctx.(*scope)
		if !ok {
			break
		}
		ctx = s.parent // a scope adds none, and asking it would make its context
	}
	if ctx == nil || ctx == context.Background() {
		return &noLabels
	}
	l := &labels{from: ctx}
	pprof.ForLabels(l, func(string, string) bool { return false })
	if l.from = nil; l.value == nil {
		return &noLabels
	}
	return l
}

func (l *labels) Value(key any) any {
	if l.from != nil {
		l.value = l.from.Value(key)
	}
	return l.value
}

func (*labels) Deadline() (time.Time, bool) { return time.Time{}, false }
func (*labels) Done() <-chan struct{}       { return nil }
func (*labels) Err() error                  { return nil }

// named returns ctx with the label of a worker that has a name.
func named(ctx context.Context, name string) context.Context {
	return pprof.WithLabels(ctx, pprof.Labels("worker", name))
}
