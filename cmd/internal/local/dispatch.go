package local

import (
	"fmt"
	"iter"
	"time"

	"example.com/skein/cmd/internal/task"
)

// read reads the specs until the run is halted, or, if those that remain are to
// be skipped, to their end.
func (r *runner) read(specs iter.Seq2[task.Spec, error]) <-chan task.Item {
	if r.o.SkipAll {
		return task.Read(specs, nil)
	}
	return task.Read(specs, r.halted)
}

// dispatch starts a slot for each spec that no slot is waiting for, while there
// are fewer than the limit: a slot is started only for a task. All slots read
// for themselves, so that no goroutine stands between them and the input.
func (r *runner) dispatch() {
	for {
		in, hold := r.more()
		full, resized := r.seats.full()
		if full {
			in = nil
		}
		select {
		case <-hold:
		case <-r.halted:
			r.skipRest()
			return
		case <-r.drained:
			return
		case <-resized:
		case it, ok := <-in:
			if r.accept(it, ok) && !r.hand(it.Spec) {
				r.open(it.Spec)
			}
		}
	}
}

// more gives the specs, or, while too much output waits to be written, nil
// and a channel that is closed when that may have changed.
func (r *runner) more() (in <-chan task.Item, hold <-chan struct{}) {
	if hold := r.spool.Hold(); hold != nil {
		return nil, hold
	}
	return r.in, nil
}

// open starts a slot.
func (r *runner) open(spec task.Spec) {
	s := &slot{runner: r, bell: make(chan struct{}, 1)}
	r.seats.take(s)
	r.crew.start(fmt.Sprint("slot ", s.n), func() { s.serve(spec) })
}

// accept looks at what was read, and reports whether it is a task to be run.
func (r *runner) accept(it task.Item, ok bool) bool {
	switch {
	case !ok:
		r.drain()
	case it.Err != nil:
		r.halt(it.Err)
		r.events <- halted(it.Err)
	case closed(r.halted):
		r.skip(it.Spec)
	default:
		return true
	}
	return false
}

// hand reports whether a slot was waiting and took the spec.
func (r *runner) hand(spec task.Spec) bool {
	select {
	case r.tasks <- spec:
		return true
	default:
		return false
	}
}

func (r *runner) skip(spec task.Spec) {
	ev := task.Event{Kind: task.Finished, Time: time.Now(), Spec: spec,
		Outcome: task.Skipped, ExitStatus: -1, Cause: r.why().Error()}
	r.record(ev)
	ev.Spec.Block = nil
	r.events <- ev
}

// skipRest skips what the reader still gives, if that is wanted.
func (r *runner) skipRest() {
	if !r.o.SkipAll {
		return
	}
	for it := range r.in {
		if it.Err != nil {
			return
		}
		r.skip(it.Spec)
	}
}
