package local

import (
	"fmt"
	"iter"
	"time"

	"example.com/skein/cmd/internal/task"
)

// item is what a range over the specs gives.
type item struct {
	spec task.Spec
	err  error
}

// read ranges over the specs in a goroutine of its own, as a read of the
// input may block for ever; it is no worker, and nobody waits for it.
func (r *runner) read(specs iter.Seq2[task.Spec, error]) <-chan item {
	// A few, so that the two do not take turns for every task.
	in := make(chan item, 16)
	quit := r.halted
	if r.o.SkipAll {
		quit = nil
	}
	go func() {
		defer close(in)
		place := 0
		for spec, err := range specs {
			place++
			spec.Place = place
			select {
			case in <- item{spec, err}:
			case <-quit:
				return
			}
		}
	}()
	return in
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
			if r.accept(it, ok) && !r.hand(it.spec) {
				r.open(it.spec)
			}
		}
	}
}

// more gives the specs, or, while too much output waits to be written, nil
// and a channel that is closed when that may have changed.
func (r *runner) more() (in <-chan item, hold <-chan struct{}) {
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
func (r *runner) accept(it item, ok bool) bool {
	switch {
	case !ok:
		r.drain()
	case it.err != nil:
		r.halt(it.err)
		r.events <- halted(it.err)
	case closed(r.halted):
		r.skip(it.spec)
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
		if it.err != nil {
			return
		}
		r.skip(it.spec)
	}
}
