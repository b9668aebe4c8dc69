package model

import "example.com/skein/cluster/internal/protocol"

// The types of tasks. Each client has some of honest, and of other too in a third
// of the histories.
const (
	honest = "honest"
	other  = "other" // for which somebody has a key who is hostile
)

// liar has a key for tasks of the type other, and is hostile: the server lets it
// write what it likes, under subjects of that type. It knows all there is to know
// of the run, and what it writes says that it is of any task.
type liar struct {
	*history
	*node
}

func (l *liar) live() {
	l.start(func(t *thread) {
		for l.s.now < faultsUntil {
			t.sleep(1 + l.s.IntN(600))
			if l.s.chance(3) {
				l.forgeBatch(t)
			} else {
				l.forgeNote(t)
			}
		}
	})
}

// any is a task that is there, will be, or never is.
func (l *liar) any() protocol.ID {
	typ := honest
	if l.s.chance(4) {
		typ = other
	}
	return protocol.Series{Type: typ, Submitter: 1 + l.s.IntN(l.server.run.submitters+1)}.Task(1 + l.s.IntN(l.quota+5))
}

// place is one of the subjects that it may write to.
func (l *liar) place() protocol.Place {
	id := l.any()
	p := protocol.Place{Of: protocol.Span{Series: protocol.Series{Type: other, Submitter: id.Submitter}, First: id.N, Last: id.N + l.s.IntN(5)}}
	if l.s.chance(3) {
		p.A, p.B = id.N, id.N+l.s.IntN(5)
	}
	return p
}

func (l *liar) forgeNote(t *thread) {
	outcomes := []protocol.Outcome{protocol.Succeeded, protocol.Failed, protocol.Lost, protocol.Cancelled, protocol.Crashed, protocol.Retried, protocol.Resubmitted}
	var n protocol.Note
	for range 1 + l.s.IntN(5) {
		n.Records = append(n.Records, protocol.Record{ID: l.any(), Attempt: 1 + l.s.IntN(3), Outcome: outcomes[l.s.IntN(len(outcomes))]})
		n.Gone = append(n.Gone, l.any().N)
	}
	l.publish(t, l.place(), n)
}

// forgeBatch gives honest workers a batch.
func (l *liar) forgeBatch(t *thread) {
	b := protocol.Batch{Of: l.place().Of, Again: l.s.chance(2)}
	for n := b.Of.First; n <= b.Of.Last; n++ {
		b.Tasks = append(b.Tasks, protocol.Task{ID: protocol.ID{Type: honest, Submitter: b.Of.Submitter, N: n}, Attempt: 1, Deliveries: l.s.IntN(3)})
	}
	sure(t, l.server, func() refusal { return l.server.again(b) })
}

// told is a message of the done log as who reads it takes it: its tasks are of
// the type that its subject has.
func (h *history) told(m told) told {
	if h.flaws.TypeInMessage {
		return m
	}
	m.Records = append([]protocol.Record(nil), m.Records...)
	for i := range m.Records {
		m.Records[i].ID.Type = m.place.Of.Type
	}
	return m
}

// given is a batch as who reads it takes it.
func (h *history) given(b protocol.Batch) protocol.Batch {
	if h.flaws.TypeInMessage {
		return b
	}
	b.Tasks = append([]protocol.Task(nil), b.Tasks...)
	for i := range b.Tasks {
		b.Tasks[i].ID.Type = b.Of.Type
	}
	return b
}
