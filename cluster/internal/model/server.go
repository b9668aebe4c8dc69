package model

import (
	"slices"

	"example.com/skein/cluster/internal/protocol"
)

// server has the two streams and the run's entry. All of it is on the disk:
// that an acknowledged publish survives is assumption A1.
type server struct {
	sim  *sim
	down bool

	tasks    []*message // the task stream, by number
	sequence int        // of its last message, of a gate too
	gates    map[int]gate
	done     []told // the done log
	run      entry

	leases []*message // that were delivered, and may be acknowledged
	acked  []*message // lately; a server that fails may forget it

	full struct{ tasks, done bool }
}

// message is one of the task stream's.
type message struct {
	sequence   int
	batch      protocol.Batch
	deliveries int
	until      int // it is leased until then
	gone       bool
}

// told is a message of the done log.
type told struct {
	place protocol.Place
	protocol.Note
}

// gate is the last message on the subject of a submitter's gate.
type gate struct {
	sequence int
	open     bool
}

// entry is what the key-value store has of the run.
type entry struct {
	revision   int
	submitters int // their numbers are 1 to this
	types      []string
	closing    bool
	cancelled  bool
	sealed     protocol.Accepted
}

const lease = 1000

// refusal is why the server did not do what it was asked for.
type refusal int

const (
	none     refusal = iota
	conflict         // somebody else was first; for a gate, it has changed
	full             // there is no room. The same error code as conflict
)

// openGate opens the gate of a submitter, once.
func (s *server) openGate(submitter int) refusal {
	if s.gates[submitter].sequence > 0 {
		return conflict
	}
	s.sequence++
	s.gates[submitter] = gate{s.sequence, true}
	return none
}

func (s *server) closeGate(submitter int) {
	s.sequence++
	s.gates[submitter] = gate{s.sequence, false}
}

// submit appends a batch, if the submitter's gate is still what it was.
func (s *server) submit(b protocol.Batch, expected int) refusal {
	switch {
	case s.gates[b.Of.Submitter].sequence != expected:
		return conflict
	case s.full.tasks:
		return full
	}
	s.append(b)
	return none
}

// again appends a batch of a worker's. It has no gate: what it has was
// accepted.
func (s *server) again(b protocol.Batch) refusal {
	if s.full.tasks {
		return full
	}
	s.append(b)
	return none
}

func (s *server) append(b protocol.Batch) {
	s.sequence++
	b.Tasks = slices.Clone(b.Tasks)
	s.tasks = append(s.tasks, &message{sequence: s.sequence, batch: b})
}

// delivery is a message as a worker gets it.
type delivery struct {
	*message
	deliveries int
	cancelled  bool // what the worker knows of the run
}

// pull leases the next message that nobody has, of suspects or of others; nil
// if there is none.
func (s *server) pull(suspects, any bool) *delivery {
	for _, m := range s.tasks {
		if !m.gone && m.until <= s.sim.now && (any || m.batch.Suspect() == suspects) {
			m.deliveries++
			m.until = s.sim.now + lease
			s.leases = append(s.leases, m)
			return &delivery{m, m.deliveries, s.run.cancelled}
		}
	}
	return nil
}

func (s *server) keep(m *message) { m.until = s.sim.now + lease }

func (s *server) ack(m *message) {
	if !m.gone {
		m.gone = true
		s.acked = append(s.acked, m)
	}
}

// record appends to the done log.
func (s *server) record(place protocol.Place, n protocol.Note) refusal {
	if s.full.done {
		return full
	}
	s.done = append(s.done, told{place, n})
	return none
}

// last is the last message at a place; nil: there is none.
func (s *server) last(place protocol.Place) *protocol.Note {
	for _, m := range slices.Backward(s.done) {
		if m.place == place {
			return &m.Note
		}
	}
	return nil
}

// page is how many messages are read at once.
const page = 2

// scan gives messages of the task stream from a number on, in order, and the
// number to go on with; 0 at the end.
func (s *server) scan(from int) (some []protocol.Batch, next int) {
	for _, m := range s.tasks {
		if m.gone || m.sequence < from {
			continue
		}
		if len(some) == page {
			return some, m.sequence
		}
		some = append(some, m.batch)
	}
	return some, 0
}

// scanBackwards is scan from the end to the start.
func (s *server) scanBackwards(from int) (some []protocol.Batch, next int) {
	for _, m := range slices.Backward(s.tasks) {
		if m.gone || from > 1 && m.sequence > from {
			continue
		}
		if len(some) == page {
			return some, m.sequence
		}
		some = append(some, m.batch)
	}
	return some, 0
}

// read gives messages of the done log from a place on, and its length.
func (s *server) read(from int) (some []told, length int) {
	return s.done[from:min(from+page, len(s.done))], len(s.done)
}

// queued is how many messages of the run the task stream has.
func (s *server) queued() (n int) {
	for _, m := range s.tasks {
		if !m.gone {
			n++
		}
	}
	return n
}

func (s *server) purge() {
	for _, m := range s.tasks {
		m.gone = true
	}
	s.acked = nil
}

// update replaces the run's entry if it is still the one that was read.
func (s *server) update(e entry) refusal {
	if s.run.revision != e.revision {
		return conflict
	}
	e.revision++
	s.run = e
	return none
}

// fail ends the server, or its leader, for d. What it knew of leases and of
// the latest acknowledgements may be forgotten: these messages come again.
func (s *server) fail(d int) {
	s.down = true
	s.sim.after(d, func() { s.down = false })
	for _, m := range s.acked {
		if s.sim.chance(2) {
			m.gone, m.until = false, 0
		}
	}
	for _, m := range s.leases {
		if s.sim.chance(2) {
			m.until = 0
		}
	}
	s.acked, s.leases = nil, nil
}

// patience is how long somebody waits for an answer.
const patience = 200

// ask calls the server and waits for its answer. It reports false if there was
// none in time: then nobody knows whether it was done, or still will be.
func ask[R any](t *thread, s *server, f func() R) (answer R, ok bool) {
	wake := t.waker()
	do := func() {
		if s.down || t.cut {
			return
		}
		r := f()
		t.sim.after(delay(t.sim), func() {
			if t.cut || t.sim.chance(50) {
				return
			}
			t.do(func() {
				if !ok {
					answer, ok = r, true
				}
			})
			wake()
		})
	}
	if !t.sim.chance(50) {
		t.sim.after(delay(t.sim), do)
	}
	if t.sim.chance(50) {
		t.sim.after(delay(t.sim), do) // it comes twice
	}
	t.sim.after(patience, wake)
	t.park()
	return answer, ok
}

// delay is how long a message takes: mostly a moment, now and then so long
// that nobody waits for it any more.
func delay(s *sim) int {
	if s.chance(40) {
		return s.IntN(5 * patience)
	}
	return 1 + s.IntN(10)
}

// sure asks until there is an answer.
func sure[R any](t *thread, s *server, f func() R) R {
	for {
		if r, ok := ask(t, s, f); ok {
			return r
		}
		t.sleep(10)
	}
}
