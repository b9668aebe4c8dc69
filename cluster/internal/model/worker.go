package model

import "example.com/skein/cluster/internal/protocol"

// worker is a process that runs tasks: some batches at a time, and beside them
// one suspect.
type worker struct {
	*history
	*node
}

const batchesAtATime = 3

func (w *worker) live() {
	for i := range batchesAtATime + 1 {
		suspects := i == 0 && !w.flaws.SuspectsTogether
		w.start(func(t *thread) {
			for {
				d, _ := ask(t, w.server, func() *delivery { return w.server.pull(suspects, w.flaws.SuspectsTogether) })
				if d == nil {
					t.sleep(20)
					continue
				}
				w.work(t, d)
			}
		})
	}
}

// work does what a batch needs until it is acknowledged.
func (w *worker) work(t *thread, d *delivery) {
	done := false
	w.start(func(t *thread) {
		for !done {
			w.s.after(delay(w.s), func() {
				if !w.server.down && !w.cut {
					w.server.keep(d.message)
				}
			})
			t.sleep(lease / 3)
		}
	})
	defer func() { done = true }()

	if w.flaws.AckFirst {
		ask(t, w.server, func() refusal { w.server.ack(d.message); return none })
	}
	var known []protocol.Record
	if protocol.MustLookUp(d.batch, d.deliveries) {
		known = sure(t, w.server, func() []protocol.Record { return w.server.of(d.batch.Of) })
	}
	h := protocol.Hold(d.batch, d.deliveries, known, w.limits)
	for i, task := range h.Run {
		if i > 0 && w.s.chance(10) {
			h.HandOn(h.Run[i:])
			break
		}
		if d.cancelled {
			h.End(task, protocol.Cancelled, false)
			continue
		}
		w.run(t, h, task)
		if w.s.chance(4) { // what has ended is told before all has
			w.publish(t, h.Records)
			h.Records = nil
		}
	}
	if len(h.Records) > 0 {
		w.publish(t, h.Records)
	}
	for _, b := range h.Next {
		for {
			if r, ok := ask(t, w.server, func() refusal { return w.server.again(b) }); ok && r == none {
				break
			}
			t.sleep(10)
		}
	}
	ask(t, w.server, func() refusal { w.server.ack(d.message); return none }) // if it is lost the batch comes again
}

// run runs a task. What it does is its own, the same each time.
func (w *worker) run(t *thread, h *protocol.Held, task protocol.Task) {
	w.executed(task)
	t.sleep(w.s.IntN(60))
	switch {
	case w.poison(task.ID):
		w.die()
		t.sleep(1 << 30) // it is dead before
	case w.fails(task):
		h.End(task, protocol.Failed, true)
	default:
		h.End(task, protocol.Succeeded, false)
	}
}

// die kills the worker, once whoever runs in it waits. Another one comes.
func (w *worker) die() {
	n := w.node
	w.s.after(0, func() {
		n.kill()
		w.employ()
	})
}
