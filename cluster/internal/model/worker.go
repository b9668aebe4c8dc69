package model

import (
	"slices"

	"example.com/skein/cluster/internal/protocol"
)

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
		known = w.known(t, d.batch)
	}
	h := protocol.Hold(w.given(d.batch), d.deliveries, known, w.limits)
	for i, task := range h.Run {
		if i > 0 && w.s.chance(10) || w.s.chance(40) {
			h.HandOn(h.Run[i:])
			if w.s.chance(2) { // and it goes on with something for long
				w.flush(t, d.batch, h)
				w.flush(t, d.batch, h) // now it is noted that they are gone
				t.sleep(w.s.IntN(2 * lease))
			}
			break
		}
		if d.cancelled {
			h.End(task, protocol.Cancelled, false)
			continue
		}
		w.run(t, h, task)
		if w.s.chance(4) { // what has ended is told before all has
			w.flush(t, d.batch, h)
		}
	}
	if w.flush(t, d.batch, h); w.s.chance(4) {
		w.flush(t, d.batch, h) // there is nothing more than what is gone
	}
	ask(t, w.server, func() refusal { w.server.ack(d.message); return none }) // if it is lost the batch comes again
}

// known looks the batch up.
func (w *worker) known(t *thread, b protocol.Batch) []protocol.Record {
	own := w.last(t, b.Place())
	submitted := w.last(t, protocol.Place{Of: b.Of})
	known := protocol.Known(b, own, submitted)
	if w.flaws.GoneForOthers {
		for _, n := range slices.Concat(goneOf(own), goneOf(submitted)) {
			known = append(known, protocol.Record{ID: b.Of.Task(n), Outcome: "gone"})
		}
	}
	return known
}

func (w *worker) last(t *thread, p protocol.Place) *protocol.Note {
	n := sure(t, w.server, func() *protocol.Note { return w.server.last(p) })
	if n == nil {
		return nil
	}
	m := w.told(told{p, *n})
	return &m.Note
}

func goneOf(n *protocol.Note) []int {
	if n == nil {
		return nil
	}
	return n.Gone
}

// flush publishes what became of the batch by now.
func (w *worker) flush(t *thread, b protocol.Batch, h *protocol.Held) {
	note, next := h.Flush()
	w.publish(t, b.Place(), note)
	for _, b := range next {
		for {
			if r, ok := ask(t, w.server, func() refusal { return w.server.again(b) }); ok && r == none {
				break
			}
			t.sleep(10)
		}
	}
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
