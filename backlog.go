package skein

// blockedGo is a Go call that waits for room.
type blockedGo struct {
	next *blockedGo
	done chan struct{} // closed when there is room, or the group is halted
}

// room says whether one more task can be accepted while at most backlog are to
// wait in the queue. Nobody overtakes those who are blocked.
//
//go:norace
func (g *Group) room(backlog int) bool {
	if g.limit == 0 {
		return true
	}
	n := g.q.n + g.entering
	return g.blocked == nil && (g.running+n < g.limit+backlog || n < backlog)
}

// block waits for room. It is entered with mu held. If it reports true mu is
// held again and the caller must queue its task; else the group is cancelled,
// and mu is free.
//
//go:norace
func (g *Group) block() bool {
	b := &blockedGo{done: make(chan struct{})}
	end := &g.blocked
	for *end != nil {
		end = &(*end).next
	}
	*end = b
	g.holds++
	g.mu.Unlock()
	<-b.done
	g.mu.Lock()
	g.holds--
	if !g.halted {
		g.entering--
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
	for g.blocked != nil {
		first := g.blocked
		g.blocked = nil
		ok := g.room(g.config.backlog)
		g.blocked = first
		if !ok {
			return
		}
		g.blocked = first.next
		g.entering++
		close(first.done)
	}
}

// refuse lets all blocked Go calls return. mu is held, and the group halted.
//
//go:norace
func (g *Group) refuse() {
	for ; g.blocked != nil; g.blocked = g.blocked.next {
		close(g.blocked.done)
	}
}
