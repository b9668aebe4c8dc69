package away

import (
	"fmt"
	"time"

	"example.com/skein/cmd/internal/policy"
	"example.com/skein/cmd/internal/task"
)

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
		r.say(Request{Cancel: why.Error()})
	}
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
