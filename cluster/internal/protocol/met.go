package protocol

// Met is the tasks that somebody has met who seals a run. It belongs to one
// goroutine.
type Met struct{ of map[Series]*bits }

// Note notes one, in either stream.
func (m *Met) Note(id ID) {
	if id.N < 1 {
		return
	}
	s := m.of[id.Series()]
	if s == nil {
		if m.of == nil {
			m.of = map[Series]*bits{}
		}
		s = new(bits)
		m.of[id.Series()] = s
	}
	if !s.has(id.N) {
		s.add(id.N)
	}
}

// Accepted is how many tasks were accepted of the series that may be of the run:
// of each the largest that was met. Each before it was met too, unless an
// assumption was broken, and then it has to be told as lost. But a worker can
// write any number, and a run would wait for as many: so one of which most before
// it are missing does not count.
func (m *Met) Accepted(may func(Series) bool) Accepted {
	all := Accepted{}
	for s, b := range m.of {
		if n := b.accepted(); n > 0 && may(s) {
			all[s] = n
		}
	}
	return all
}

func (b *bits) accepted() (n int) {
	met := 0
	for _, span := range b.spans() {
		if met += span[1] - span[0] + 1; 2*met >= span[1] {
			n = span[1]
		}
	}
	return n
}
