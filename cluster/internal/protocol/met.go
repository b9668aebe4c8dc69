package protocol

// Met is the tasks that somebody has met who seals a run. It belongs to one
// goroutine.
type Met struct{ of map[int]*bits }

// Note notes one, in either stream.
func (m *Met) Note(id ID) {
	if id.N < 1 {
		return
	}
	s := m.of[id.Submitter]
	if s == nil {
		if m.of == nil {
			m.of = map[int]*bits{}
		}
		s = new(bits)
		m.of[id.Submitter] = s
	}
	if !s.has(id.N) {
		s.add(id.N)
	}
}

// Accepted is how many tasks of the submitter were accepted: the largest that
// was met. Each before it was met too, unless an assumption was broken, and then
// it has to be told as lost. But a worker can write any number, and a run would
// wait for as many: so one of which most before it are missing does not count.
func (m *Met) Accepted(submitter int) (n int) {
	s := m.of[submitter]
	if s == nil {
		return 0
	}
	met := 0
	for _, span := range s.spans() {
		if met += span[1] - span[0] + 1; 2*met >= span[1] {
			n = span[1]
		}
	}
	return n
}
