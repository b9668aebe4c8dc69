package away

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// heard takes what skein-cluster says.
func (r *run) heard(reply Reply) {
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

// ended is the end of an attempt, and of its task if no other follows.
func (r *run) ended(f *flight, end *End) {
	ev := f.ev
	ev.Kind = task.Finished
	ev.Outcome, ev.ExitStatus, ev.Signal, ev.Cause = end.Outcome, end.ExitStatus, syscall.Signal(end.Signal), end.Cause
	ev.Word = wordOf(end)
	ev.Time, ev.User, ev.System, ev.PeakMemory = end.Ended, end.User, end.System, end.PeakMemory
	if !end.Started.IsZero() {
		ev.Started = end.Started // by the clock of the worker, as is its end
	}
	r.left.Add(f.ev.Spec.Seq, end.Left, end.LeftNames...)
	ev.StdoutBytes, ev.StderrBytes = int64(len(end.Stdout)), int64(len(end.Stderr))
	if ev.Outcome != task.Succeeded {
		ev.LastWords = task.LastWords(end.Stderr[max(0, len(end.Stderr)-task.LastBytes):])
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
	r.ran = r.ran || !end.NotStarted
	if r.retry(f, ev, !end.NotStarted) {
		return
	}
	r.finish(f, ev)
	if ev.Word != nil && r.o.Fixed && !r.ran {
		r.halt(ev.Word)
	}
	r.count(ev)
}

// count counts the end of a task, which may be the run's.
func (r *run) count(ev task.Event) {
	if why := r.judge.Count(ev); why != nil && r.reason == nil {
		r.halt(why)
		r.cancel(why)
	}
}

// wordOf is why a command word cannot be run, or nil.
func wordOf(end *End) *task.NotRunnable {
	if end.Word == 0 {
		return nil
	}
	word, why, _ := strings.Cut(end.Cause, ": ")
	return &task.NotRunnable{Word: word, Status: end.Word, Err: errors.New(why), Host: end.Host}
}

func (r *run) text(b []byte) (*spool.Text, error) {
	if len(b) == 0 {
		return nil, nil
	}
	t := r.spool.Text()
	_, err := t.Append(b)
	return t, err
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
