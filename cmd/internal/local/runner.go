package local

import (
	"context"
	"iter"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// runner is one run.
type runner struct {
	o      Options
	seats  *seats
	work   task.Work
	system *system
	spool  *spool.Spool

	in     <-chan task.Item
	tasks  chan task.Spec  // from the dispatcher to a slot that waits
	events chan task.Event // closed when every worker has ended
	unread *unread
	crew   crew
	judge  policy.Judge
	pace   pace

	faulted atomic.Bool

	mu      sync.Mutex
	cause   error         // why it is stopped; written once, before stopped is closed
	reason  error         // why it is halted; written once, before halted is closed
	halted  chan struct{} // closed: no task starts any more
	stopped chan struct{} // closed after halted: what runs is told to end
	drained chan struct{} // closed: nothing is left in in

	ctx    context.Context // done when stopped, with its cause: for what waits without a job
	cancel context.CancelCauseFunc
}

func newRunner(work task.Work, o Options) (*runner, error) {
	limit := o.Limit
	if limit == 0 {
		limit = Most()
	}
	system, err := newSystem(limit, o)
	if err != nil {
		return nil, err
	}
	outputs := spool.New(os.TempDir(), memory)
	outputs.Bound(o.Backlog)
	ctx, cancel := context.WithCancelCause(context.Background())
	return &runner{
		ctx: ctx, cancel: cancel, judge: policy.Judge{Policy: o.Policy}, pace: pace{every: o.Every},
		o: o, seats: newSeats(limit), work: work, system: system, spool: outputs,
		// So that a slot can take the next task while the reports still write.
		events:  make(chan task.Event, 64),
		tasks:   make(chan task.Spec),
		crew:    newCrew(),
		unread:  newUnread(),
		halted:  make(chan struct{}),
		stopped: make(chan struct{}),
		drained: make(chan struct{}),
	}, nil
}

// begin starts the dispatcher; it starts the slots.
func (r *runner) begin(specs iter.Seq2[task.Spec, error]) {
	if r.o.Control != nil {
		r.o.Control.bind(r)
	}
	r.in = r.read(specs)
	r.crew.start("dispatcher", r.dispatch)
	go func() {
		r.crew.wait()
		if r.o.Background && !closed(r.stopped) {
			leaveInPeace()
		} else if n, whose := r.system.sweep(r.o.Grace, r.o.Kill); n > 0 {
			r.events <- leftBehind(n, whose)
		}
		close(r.events)
	}()
}

func (r *runner) close() {
	if r.o.Control != nil {
		r.o.Control.unbind()
	}
	r.cancel(nil)
	r.system.close()
	r.spool.Close()
}

// halt lets no further task start, because of err, and reports whether nobody
// has done so before.
func (r *runner) halt(err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if closed(r.halted) {
		return false
	}
	r.reason = err
	close(r.halted)
	return true
}

// why is why the run is halted. It must be.
func (r *runner) why() error {
	<-r.halted
	return r.reason
}

func (r *runner) record(ev task.Event) {
	if r.o.Record != nil {
		r.o.Record(ev)
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

// stop halts and tells what runs to end, because of err, and reports whether
// nobody has done so before.
func (r *runner) stop(err error) bool {
	r.halt(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	if closed(r.stopped) {
		return false
	}
	r.cause = err
	close(r.stopped)
	r.cancel(err)
	r.unread.end()
	return true
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
