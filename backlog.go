package skein

// blockedGo is a Go call that waits for room.
type blockedGo struct {
	prev, next *blockedGo
	in         bool          // there is room, and it counts as entering
	done       chan struct{} // closed when in is set, or the group is halted
}

// line is those that wait, in order of arrival. A group's lock guards it.
type line struct{ first, last *blockedGo }

//go:norace
func (l *line) push(b *blockedGo) {
	if l.last == nil {
		l.first = b
	} else {
		l.last.next, b.prev = b, l.last
	}
	l.last = b
}

//go:norace
func (l *line) len() (n int) {
	for b := l.first; b != nil; b = b.next {
		n++
	}
	return n
}

// remove takes b out, if it is still in.
//
//go:norace
func (l *line) remove(b *blockedGo) {
	if l.first != b && b.prev == nil {
		return
	}
	if b.prev == nil {
		l.first = b.next
	} else {
		b.prev.next = b.next
	}
	if b.next == nil {
		l.last = b.prev
	} else {
		b.next.prev = b.prev
	}
	b.prev, b.next = nil, nil
}

// room says whether one more task can be accepted while at most backlog are to
// wait in the queue. Nobody overtakes those who are blocked.
//
//go:norace
func (g *Group) room(backlog int) bool {
	return g.limit == 0 || g.blocked.first == nil && g.space(backlog)
}

//go:norace
func (g *Group) space(backlog int) bool {
	n := g.q.n + g.entering
	return g.limit == 0 || g.running+n < g.limit+backlog || n < backlog
}

// block waits for room. It is entered with mu held. If it reports true mu is
// held again and the caller must queue its task; else the group is cancelled,
// and mu is free.
//
//go:norace
func (g *Group) block() bool {
	b := &blockedGo{done: make(chan struct{})}
	g.blocked.push(b)
	g.holds++
	g.mu.Unlock()
	raceOn()
	cancelled := false
	select {
	case <-b.done:
		cancelled = g.watch && g.scope.parentErr() != nil
	case <-g.scope.base().Done(): // no task need end to notice
		cancelled = true
	}
	raceOff()
	g.mu.Lock()
	g.holds--
	if b.in {
		g.entering--
	} else {
		g.blocked.remove(b)
	}
	if !g.halted && !cancelled {
		return true
	}
	g.rest()
	g.mu.Unlock()
	raceOn()
	return false
}

// admit lets in as many blocked Go calls as there is room for. mu is held.
//
//go:norace
func (g *Group) admit() {
	for first := g.blocked.first; first != nil && g.space(g.config.backlog); first = g.blocked.first {
		g.blocked.remove(first)
		g.entering++
		first.in = true
		close(first.done)
	}
}

// refuse lets all blocked Go calls return. mu is held, and the group halted.
//
//go:norace
func (g *Group) refuse() {
	for b := g.blocked.first; b != nil; b = g.blocked.first {
		g.blocked.remove(b)
		close(b.done)
	}
}
