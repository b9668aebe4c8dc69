package skein

// member is a child group's place in its parent. What changes in it is guarded
// by the parent's lock, but for counted: by the child's.
type member struct {
	parent     *Group
	child      *Group
	born       int64 // number of the parent's last task when the child was made
	counted    bool  // the parent counts the child: something of it runs or is queued
	next, prev *member
}

// Group makes a child group: a scope inside this one, with a policy and a limit
// of its own (by default: fail-fast, none). It counts in its parent as one
// worker while anything of it runs or is queued, but takes no slot of the
// parent's limit. Its context is the parent's child.
//
// The failure or panic of one of its tasks cancels the child only, and is told
// by the child's Wait. What no Wait of the child has taken when the parent ends
// becomes the parent's error or panic. The parent's Wait waits for the child;
// when the parent ends the child does.
//
// A child on which Wait is never called stays in its parent's memory until the
// parent ends. Group panics after the parent's Wait has returned.
//
//go:noinline
//go:norace
func (g *Group) Group(opts ...Option) *Group {
	return g.child(callerPC(), configure("Group.Group", groupKinds, opts))
}

// child makes a child group at a place.
//
//go:norace
func (g *Group) child(pc uintptr, c *config) *Group {
	raceOff()
	g.mu.Lock()
	g.checkOpen()
	g.prepare()
	g.mu.Unlock()
	raceOn()
	child := &Group{made: pc}
	m := &member{parent: g, child: child}
	child.member = m
	child.init(&g.scope, c)
	child.open = false // it has to be counted in
	raceMade(child)
	raceOff()
	g.mu.Lock()
	g.checkOpen()
	l := g.book()
	if m.next = l.kin; m.next != nil {
		m.next.prev = m
	}
	l.kin = m
	m.born = g.q.taken + int64(g.q.n)
	g.mu.Unlock()
	raceOn()
	return child
}

// enter counts a child in, and reports false if the parent has ended. The
// child's mu is held.
//
//go:norace
func (m *member) enter() bool {
	if m.counted {
		return true
	}
	p := m.parent
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.member != nil && !p.member.enter() {
		return false
	}
	p.children++
	m.counted = true
	return true
}

// leave counts it out. The child's mu is held.
//
//go:norace
func (m *member) leave() {
	if !m.counted {
		return
	}
	m.counted = false
	p := m.parent
	p.mu.Lock()
	p.children--
	p.rest()
	p.mu.Unlock()
}

// forget takes an ended child out of its parent's memory.
//
//go:norace
func (m *member) forget() {
	p := m.parent
	p.mu.Lock()
	if m.next != nil {
		m.next.prev = m.prev
	}
	if m.prev != nil {
		m.prev.next = m.next
	} else {
		p.ledger.kin = m.next
	}
	p.mu.Unlock()
}

// kin returns the children that have not ended, in the order in which they
// were made.
//
//go:norace
func (g *Group) kin() []*Group {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ledger == nil {
		return nil
	}
	n := 0
	for m := g.ledger.kin; m != nil; m = m.next {
		n++
	}
	all := make([]*Group, n)
	for m := g.ledger.kin; m != nil; m = m.next {
		n--
		all[n] = m.child
	}
	return all
}

// inherit ends the children and takes what nobody has taken from them. The
// group is closed: nothing can be submitted to them any more.
//
//go:norace
func (g *Group) inherit(l *ledger) {
	for _, child := range g.kin() {
		_, mine := child.await(nil, 0)
		c := child.ledger
		if !mine || c == nil {
			continue // its own Wait was faster, or there is nothing to tell
		}
		if c.thrown != nil {
			c.alarm.disarm()
			first := *c.thrown // told alone: its others are told beside it
			first.Others = nil
			l.panics = append(append(l.panics, &first), c.thrown.Others...)
		}
		if err := c.result; err != nil && (len(c.failures) > 0 || !g.echoes(err)) {
			l.failures = append(l.failures, failure{child.member.born, err})
		}
	}
}

// echoes says whether a child's error only echoes the group's cancellation. One
// whose Is panics does not: a Wait that goes on must tell it.
func (g *Group) echoes(err error) (yes bool) {
	defer func() { _ = recover() }()
	return g.judge(err) != Failed
}
