package away

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// Options are what package local's are, as far as they mean something away from
// here.
type Options struct {
	Limit    int // tasks that are submitted and have not ended; 0: 1,000
	Timeout  time.Duration
	Attempts int           // of each task, in total; 0: one
	Backoff  time.Duration // the most to wait after the first attempt
	RetryOn  func(task.Event) bool
	Policy   policy.Policy
	Every    time.Duration // at least so long from one submission to the next
	Dir      string
	Fixed    bool            // every task has the same command word: if no worker has run it yet and one cannot, none can
	SkipAll  bool            // when halted, read the specs that remain and give each as skipped
	Kill     <-chan struct{} // closed: wait for nobody
	Record   func(task.Event)
	Backlog  int64

	Background bool // what tasks leave behind lives on, for as long as their workers do
}

const (
	usualLimit  = 1000
	longestWait = time.Minute // before an attempt, unless the first wait may be longer
	memory      = 16 << 20    // bytes of output that are held before a file is used
)

var (
	errLeft = errors.New("nobody wants the rest")
	errGone = errors.New("the way to the cluster is lost")
)

// run is one that goes on. Everything in it belongs to the goroutine that
// yields.
type run struct {
	*Conn
	o     Options
	work  task.Work
	spool *spool.Spool
	judge policy.Judge

	in      <-chan task.Item
	drained bool // nothing is left in in
	reason  error
	settled bool // the ends of what runs before had are known
	told    bool // skein-cluster has been told to cancel

	tasks   map[int]*flight // by number, until they have ended
	slots   []bool          // from 1: which are taken
	waiting []wait          // what is to be tried again, the earliest first
	early   map[int][]End   // ends of runs before, of tasks that have not come yet
	left    task.Left       // what they left behind
	ran     bool            // a worker has run a command
	outs    int             // tasks that were given out more than once
	next    time.Time       // when the next may be submitted
	yield   func(task.Event) bool
}

// Run runs the command that work gives for each spec, and gives the events of all
// of them. When ctx is done no further task is submitted and the run is
// cancelled; how its tasks end still comes. It ends the connection: that is done
// once. A task that has been submitted goes on if this program dies, and its end
// is there for who opens the run again.
func (c *Conn) Run(ctx context.Context, specs iter.Seq2[task.Spec, error], work task.Work, o Options) iter.Seq[task.Event] {
	return func(yield func(task.Event) bool) {
		r := &run{
			Conn: c, o: o, work: work, spool: spool.New(os.TempDir(), memory), judge: policy.Judge{Policy: o.Policy},
			tasks: map[int]*flight{}, early: map[int][]End{}, yield: yield,
		}
		defer r.spool.Close()
		defer r.end()
		r.spool.Bound(o.Backlog)
		if r.o.Limit == 0 {
			r.o.Limit = usualLimit
		}
		quit := make(chan struct{})
		defer close(quit)
		r.in = task.Read(specs, quit)
		r.tell(ctx)
		if ev, any := r.left.Event(); any {
			r.send(ev)
		}
		if r.outs > 1 {
			r.warn(fmt.Errorf("%d tasks were given out again", r.outs))
		}
		r.say(Request{Close: true})
	}
}

// tell does what comes next until all has ended.
func (r *run) tell(ctx context.Context) {
	done, kill, replies := ctx.Done(), r.o.Kill, r.replies
	for !r.over() {
		in, hold, later := r.more()
		select {
		case it, ok := <-in:
			r.take(it, ok)
		case <-hold:
		case <-later:
		case reply, ok := <-replies:
			if !ok {
				replies = nil
				r.gone()
				continue
			}
			r.heard(reply)
		case <-done:
			done = nil
			r.halt(context.Cause(ctx))
			r.cancel(context.Cause(ctx))
		case <-kill:
			kill = nil
			r.cmd.Process.Kill()
			r.abandon(errors.New("killed: it was not waited for"))
		}
		r.again()
	}
}

func (r *run) over() bool {
	return len(r.tasks) == 0 && (r.drained || r.reason != nil && !r.o.SkipAll)
}

// more gives where a spec may be taken from now, or when that may change.
func (r *run) more() (in <-chan task.Item, hold <-chan struct{}, later <-chan time.Time) {
	wait := time.Duration(0)
	if len(r.waiting) > 0 {
		wait = max(1, time.Until(r.waiting[0].at))
	}
	if !r.drained && (r.reason != nil || len(r.tasks) < r.o.Limit) {
		in = r.in
		switch hold = r.spool.Hold(); {
		case r.reason != nil:
			hold = nil // what is skipped needs no room
		case hold != nil:
			in = nil
		case time.Now().Before(r.next):
			in = nil
			if until := time.Until(r.next); wait == 0 || until < wait {
				wait = max(1, until)
			}
		}
	}
	if wait > 0 {
		later = time.After(wait)
	}
	return in, hold, later
}

// take takes what was read.
func (r *run) take(it task.Item, ok bool) {
	switch {
	case !ok:
		r.drained = true
	case it.Err != nil:
		r.drained = true
		r.halt(it.Err)
	case r.reason != nil:
		r.send(task.Event{Kind: task.Finished, Spec: it.Spec, Outcome: task.Skipped, ExitStatus: -1, Cause: r.reason.Error()})
	default:
		r.begin(it.Spec)
	}
}
