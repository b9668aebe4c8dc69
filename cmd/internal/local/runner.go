package local

import (
	"iter"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// runner is one run.
type runner struct {
	o      Options
	limit  int
	work   task.Work
	system *system
	spool  *spool.Spool

	in     <-chan item
	tasks  chan task.Spec  // from the dispatcher to a slot that waits
	events chan task.Event // closed when every worker has ended
	crew   crew

	faulted atomic.Bool

	mu      sync.Mutex
	cause   error         // why it is stopped; written once, before stopped is closed
	halted  chan struct{} // closed: no task starts any more
	stopped chan struct{} // closed after halted: what runs is told to end
	drained chan struct{} // closed: nothing is left in in
}

func newRunner(work task.Work, o Options) (*runner, error) {
	limit := o.Limit
	if limit == 0 {
		limit = Most()
	}
	system, err := newSystem(limit, o.Guard)
	if err != nil {
		return nil, err
	}
	outputs := spool.New(os.TempDir(), memory)
	outputs.Bound(o.Backlog)
	return &runner{
		o: o, limit: limit, work: work, system: system, spool: outputs,
		// So that a slot can take the next task while the reports still write.
		events:  make(chan task.Event, 64),
		tasks:   make(chan task.Spec),
		crew:    newCrew(),
		halted:  make(chan struct{}),
		stopped: make(chan struct{}),
		drained: make(chan struct{}),
	}, nil
}

// begin starts the dispatcher; it starts the slots.
func (r *runner) begin(specs iter.Seq2[task.Spec, error]) {
	r.in = r.read(specs)
	r.crew.start("dispatcher", r.dispatch)
	go func() {
		r.crew.wait()
		r.system.guard.stop()
		if n := r.system.sweep(r.o.Grace, r.o.Kill); n > 0 {
			r.events <- leftBehind(n)
		}
		close(r.events)
	}()
}

func (r *runner) close() {
	r.system.close()
	r.spool.Close()
}

// halt lets no further task start.
func (r *runner) halt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !closed(r.halted) {
		close(r.halted)
	}
}

// drain tells everybody that nothing is left to be read.
func (r *runner) drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !closed(r.drained) {
		close(r.drained)
	}
}

// stop halts and tells what runs to end, because of err.
func (r *runner) stop(err error) {
	r.halt()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !closed(r.stopped) {
		r.cause = err
		close(r.stopped)
	}
}

// fault tells that we could not do what we promised, and stops. What goes
// wrong after that is no news.
func (r *runner) fault(err error) {
	if r.faulted.Swap(true) {
		return
	}
	r.events <- task.Event{Kind: task.Faulted, Time: time.Now(), Err: &task.Fault{Err: err}}
	r.stop(err)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
