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
		for spec, err := range specs {
			select {
			case in <- item{spec, err}:
			case <-quit:
				return
			}
		}
	}()
	return in
}

// dispatch gives each spec to a slot that is free, or to a new slot while
// there are fewer than the limit: a slot is started only for a task.
func (r *runner) dispatch(in <-chan item) {
	defer close(r.tasks)
	slots := 0
	for {
		select {
		case <-r.halted:
			r.skipRest(in)
			return
		case it, ok := <-in:
			switch {
			case !ok:
				return
			case it.err != nil:
				r.events <- halted(it.err)
				r.halt()
			case !r.hand(it.spec, &slots):
				r.skip(it.spec)
			}
		}
	}
}

// hand reports whether a slot took the spec.
func (r *runner) hand(spec task.Spec, slots *int) bool {
	if closed(r.halted) {
		return false
	}
	select {
	case r.tasks <- spec:
		return true
	default:
	}
	if *slots < r.limit {
		*slots++
		n := *slots
		r.crew.start(fmt.Sprint("slot ", n), func() { r.slot(n, spec) })
		return true
	}
	select {
	case r.tasks <- spec:
		return true
	case <-r.halted:
		return false
	}
}

func (r *runner) skip(spec task.Spec) {
	r.events <- task.Event{Kind: task.Finished, Time: time.Now(), Spec: spec,
		Outcome: task.Skipped, ExitStatus: -1, Cause: "the run was halted"}
}

// skipRest skips what the reader still gives, if that is wanted.
func (r *runner) skipRest(in <-chan item) {
	if !r.o.SkipAll {
		return
	}
	for it := range in {
		if it.err != nil {
			return
		}
		r.skip(it.spec)
	}
}
