package away

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/text"
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
	SkipAll  bool            // when halted, read the specs that remain and give each as skipped
	Kill     <-chan struct{} // closed: wait for nobody
	Record   func(task.Event)
	Backlog  int64
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

	in      <-chan item
	drained bool // nothing is left in in
	reason  error
	settled bool // the ends of what runs before had are known
	told    bool // skein-cluster has been told to cancel

	tasks   map[int]*flight // by number, until they have ended
	slots   []bool          // from 1: which are taken
	waiting waiting         // what is to be tried again, by when
	early   map[int][]End   // ends of runs before, of tasks that have not come yet
	outs    int             // tasks that were given out more than once
	next    time.Time       // when the next may be submitted
	yield   func(task.Event) bool
}

type item struct {
	spec task.Spec
	err  error
}

// flight is a task that has begun.
type flight struct {
	ev    task.Event // its Started
	task  Task
	sent  bool // it is submitted
	waits bool // for its next attempt
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
		r.in = read(specs, quit)
		r.tell(ctx)
		if r.outs > 1 {
			r.warn(fmt.Errorf("%d tasks were given out again", r.outs))
		}
		r.say(request{Close: true})
	}
}

// read ranges over the specs in a goroutine of its own, as a read of the input
// may block for ever; it is no worker, and nobody waits for it.
func read(specs iter.Seq2[task.Spec, error], quit <-chan struct{}) <-chan item {
	in := make(chan item, 16)
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
func (r *run) more() (in <-chan item, hold <-chan struct{}, later <-chan time.Time) {
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
func (r *run) take(it item, ok bool) {
	switch {
	case !ok:
		r.drained = true
	case it.err != nil:
		r.drained = true
		r.halt(it.err)
	case r.reason != nil:
		r.send(task.Event{Kind: task.Finished, Spec: it.spec, Outcome: task.Skipped, ExitStatus: -1, Cause: r.reason.Error()})
	default:
		r.begin(it.spec)
	}
}

// begin submits a task, or ends it at once if it cannot be.
func (r *run) begin(spec task.Spec) {
	ev := task.Event{Kind: task.Started, Spec: spec, Slot: r.slot(), Attempt: 1, Started: time.Now()}
	var err error
	if ev.Command, err = r.work(spec, ev.Slot); err != nil {
		r.slots[ev.Slot-1] = false
		ev.Slot, ev.Attempt, ev.Started = 0, 0, time.Time{}
		ev.Kind, ev.Outcome, ev.ExitStatus, ev.Cause = task.Finished, task.Failed, -1, err.Error()
		r.send(ev)
		return
	}
	f := &flight{ev: ev, task: Task{Argv: ev.Command.Argv, Dir: text.Text(r.o.Dir), Stdin: spec.Block, Timeout: r.o.Timeout}}
	f.task.Mark = Mark{spec.Seq, key(&f.task)}
	f.ev.Spec.Block = nil
	r.tasks[spec.Seq] = f
	r.next = time.Now().Add(r.o.Every)
	r.send(f.ev)
	early := r.early[spec.Seq]
	delete(r.early, spec.Seq)
	for i := range early {
		r.hear(&early[i])
	}
	if r.tasks[spec.Seq] == f && !f.waits {
		r.submit(f)
	}
}

// submit submits a task, unless a run before may have it.
func (r *run) submit(f *flight) {
	if r.settled {
		f.sent = true
		r.say(request{Task: &f.task})
	}
}

// settle is for when it is known how the tasks of runs before ended: of those
// that have begun here, what has no end by now was never submitted.
func (r *run) settle() {
	r.settled = true
	for _, f := range r.tasks {
		switch {
		case f.sent, f.waits:
		case r.reason != nil:
			r.giveUp(f, r.reason)
		default:
			r.submit(f)
		}
	}
}

// key is the same for the same command.
func key(t *Task) string {
	b, _ := json.Marshal(struct { // of strings and bytes, which always can be
		Argv  text.Words
		Dir   text.Text
		Stdin []byte
	}{t.Argv, t.Dir, t.Stdin})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// slot takes the first that is free.
func (r *run) slot() int {
	for i, taken := range r.slots {
		if !taken {
			r.slots[i] = true
			return i + 1
		}
	}
	r.slots = append(r.slots, true)
	return len(r.slots)
}

// heard takes what skein-cluster says.
func (r *run) heard(reply reply) {
	switch {
	case reply.Error != "": // nothing more will come
		err := errors.New(reply.Error)
		r.fault(err)
		r.halt(errGone)
		r.cancel(errGone)
		r.abandon(err)
	case reply.Note != "":
		r.warn(errors.New(reply.Note))
	case reply.Settled:
		r.settle()
	case reply.End != nil:
		r.hear(reply.End)
	}
}

// hear takes the end of an attempt, which may be of a run before: then it is the
// next one of its task that we have not heard of.
func (r *run) hear(end *End) {
	f := r.tasks[end.Seq]
	if f == nil || f.task.Mark != end.Mark {
		if !r.settled {
			r.early[end.Seq] = append(r.early[end.Seq], *end)
		}
		return
	}
	if f.waits {
		r.unwait(f)
		r.attempt(f)
	}
	r.ended(f, end)
}

// unwait takes a task out of those that wait for their next attempt.
func (r *run) unwait(f *flight) {
	f.waits = false
	r.waiting = slices.DeleteFunc(r.waiting, func(w wait) bool { return w.f == f })
}

// attempt begins the next attempt.
func (r *run) attempt(f *flight) {
	f.ev.Attempt++
	f.ev.Time, f.ev.Started = time.Time{}, time.Now()
	f.sent = false
	r.send(f.ev)
}

// ended is the end of an attempt, and of its task if no other follows.
func (r *run) ended(f *flight, end *End) {
	ev := f.ev
	ev.Kind = task.Finished
	ev.Outcome, ev.ExitStatus, ev.Signal, ev.Cause = end.Outcome, end.ExitStatus, syscall.Signal(end.Signal), end.Cause
	ev.Time, ev.User, ev.System, ev.PeakMemory = end.Ended, end.User, end.System, end.PeakMemory
	if !end.Started.IsZero() {
		ev.Started = end.Started // by the clock of the worker, as is its end
	}
	ev.StdoutBytes, ev.StderrBytes = int64(len(end.Stdout)), int64(len(end.Stderr))
	if ev.Outcome != task.Succeeded {
		ev.LastWords = lastWordsOf(end.Stderr)
	}
	if end.Vanished > 0 {
		r.outs++
		if r.outs == 1 {
			r.warn(fmt.Errorf("task %d was given out again: a worker, or the server, did not answer for a while", f.ev.Spec.Seq))
		}
	}
	var err error
	if ev.Stdout, err = r.text(end.Stdout); err == nil {
		ev.Stderr, err = r.text(end.Stderr)
	}
	if err != nil {
		r.fault(err)
	}
	if end.Cut > 0 {
		r.fault(fmt.Errorf("task %d wrote %d bytes more than a task of a cluster may", f.ev.Spec.Seq, end.Cut))
	}
	if r.retry(f, ev) {
		return
	}
	r.finish(f, ev)
	if why := r.judge.Count(ev); why != nil && r.reason == nil {
		r.halt(why)
		r.cancel(why)
	}
}

func (r *run) finish(f *flight, ev task.Event) {
	delete(r.tasks, f.ev.Spec.Seq)
	r.slots[f.ev.Slot-1] = false
	r.send(ev)
}

func (r *run) text(b []byte) (*spool.Text, error) {
	if len(b) == 0 {
		return nil, nil
	}
	t := r.spool.Text()
	_, err := t.Append(b)
	return t, err
}

// halt lets no further task begin, and tells why.
func (r *run) halt(err error) {
	if r.reason != nil {
		return
	}
	r.reason = err
	r.send(task.Event{Kind: task.Halted, Err: err})
	for _, w := range r.waiting { // what waits for its next attempt has ended
		ev := w.f.ev
		ev.Kind, ev.Outcome, ev.ExitStatus = task.Finished, task.Cancelled, -1
		ev.Cause = fmt.Sprintf("%v, after attempt %d %s", err, ev.Attempt, policy.Said(w.outcome))
		r.finish(w.f, ev)
	}
	r.waiting = nil
}

// cancel has the run cancelled: tasks that run are told to end.
func (r *run) cancel(why error) {
	if !r.told {
		r.told = true
		r.say(request{Cancel: why.Error()})
	}
}

// gone is for when skein-cluster has ended.
func (r *run) gone() {
	if r.Conn.gone != nil {
		r.fault(r.Conn.gone)
	}
	r.halt(errGone)
	r.abandon(fmt.Errorf("%w; skein resume learns how it ended", errGone))
}

// abandon waits for nobody any more.
func (r *run) abandon(why error) {
	r.halt(why)
	for _, f := range r.tasks {
		r.giveUp(f, why)
	}
}

// giveUp ends a task of which nobody knows how it ended, or will.
func (r *run) giveUp(f *flight, why error) {
	ev := f.ev
	ev.Kind, ev.Outcome, ev.ExitStatus, ev.Cause = task.Finished, task.Cancelled, -1, why.Error()
	r.finish(f, ev)
}

func (r *run) warn(err error)  { r.send(task.Event{Kind: task.Warned, Err: err}) }
func (r *run) fault(err error) { r.send(task.Event{Kind: task.Faulted, Err: &task.Fault{Err: err}}) }

// send records an event that is to be, and gives it to whoever ranges.
func (r *run) send(ev task.Event) {
	if ev.Time.IsZero() {
		ev.Time = time.Now()
	}
	switch ev.Kind {
	case task.Started, task.Retried, task.Finished:
		if r.o.Record != nil {
			r.o.Record(ev)
		}
	}
	if r.yield != nil && r.yield(ev) {
		return
	}
	ev.Stdout.Free()
	ev.Stderr.Free()
	if r.yield != nil {
		r.yield = nil // the loop was left
		r.halt(errLeft)
		r.cancel(errLeft)
	}
}

// waiting is what is to be tried again, the earliest first.
type waiting []wait

type wait struct {
	f       *flight
	at      time.Time
	outcome task.Outcome // of the attempt before
}

// retry reports whether another attempt follows.
func (r *run) retry(f *flight, ev task.Event) bool {
	if r.reason != nil || ev.Attempt >= r.o.Attempts || !policy.Failure(ev.Outcome) || r.o.RetryOn != nil && !r.o.RetryOn(ev) {
		return false
	}
	ev.Kind = task.Retried
	r.send(ev)
	if r.yield == nil {
		return false
	}
	most := r.o.Backoff
	for range ev.Attempt - 1 {
		most = min(2*most, max(longestWait, r.o.Backoff))
	}
	f.waits = true
	w := wait{f, time.Now().Add(time.Duration(rand.Int64N(int64(most) + 1))), ev.Outcome}
	i := 0
	for i < len(r.waiting) && r.waiting[i].at.Before(w.at) {
		i++
	}
	r.waiting = append(r.waiting, wait{})
	copy(r.waiting[i+1:], r.waiting[i:])
	r.waiting[i] = w
	return true
}

// again begins the attempts that are due.
func (r *run) again() {
	for len(r.waiting) > 0 && !time.Now().Before(r.waiting[0].at) {
		f := r.waiting[0].f
		r.unwait(f)
		r.attempt(f)
		r.submit(f)
	}
}
