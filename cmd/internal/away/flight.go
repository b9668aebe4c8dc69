package away

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/text"
)

// flight is a task that has begun.
type flight struct {
	ev    task.Event // its Started
	task  Task
	sent  bool // it is submitted
	waits bool // for its next attempt
}

// begin submits a task, or ends it at once if it cannot be.
func (r *run) begin(spec task.Spec) {
	ev := task.Event{Kind: task.Started, Spec: spec, Slot: r.slot(), Attempt: 1, Started: time.Now()}
	var err error
	f := &flight{task: Task{Dir: text.Text(r.o.Dir), Stdin: spec.Block, Timeout: r.o.Timeout, Background: r.o.Background}}
	if ev.Command, err = r.work(spec, ev.Slot); err == nil {
		f.task.Argv = ev.Command.Argv
		f.task.Mark.Seq = spec.Seq
		f.task.Mark.Key, err = key(&f.task)
	}
	if err != nil {
		r.slots[ev.Slot-1] = false
		ev.Spec.Block, ev.Started = nil, time.Time{}
		ev.Kind, ev.Outcome, ev.ExitStatus, ev.Cause = task.Finished, task.Failed, -1, err.Error()
		r.send(ev)
		r.count(ev)
		return
	}
	f.ev = ev
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
		r.say(Request{Task: &f.task})
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

// key is the same for the same command. An error says that it is too large.
func key(t *Task) (string, error) {
	b, _ := json.Marshal(struct { // of strings and bytes, which always can be
		Argv  text.Words
		Dir   text.Text
		Stdin []byte
	}{t.Argv, t.Dir, t.Stdin})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8]), checkSize(len(b))
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

// finish is the end of a task.
func (r *run) finish(f *flight, ev task.Event) {
	delete(r.tasks, f.ev.Spec.Seq)
	r.slots[f.ev.Slot-1] = false
	r.send(ev)
}

// giveUp ends a task of which nobody knows how it ended, or will.
func (r *run) giveUp(f *flight, why error) {
	ev := f.ev
	ev.Kind, ev.Outcome, ev.ExitStatus, ev.Cause = task.Finished, task.Cancelled, -1, why.Error()
	r.finish(f, ev)
}
