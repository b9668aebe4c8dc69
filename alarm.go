package skein

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// grace is how long a panic may wait for somebody who takes it. Only a test
// changes it, in a process of its own.
var grace = 10 * time.Second

// alarm makes sure that a panic is heard. A panic that is carried to Wait would
// be silent if no Wait came: so the program crashes with it when grace has
// passed and nobody waits, or when the group is dropped. A group made by Run
// needs none, as its end is certain (decision 0001).
//
// It holds text only. What panicked, or anything else that leads to the group,
// would keep the group alive, and its drop would never be noticed.
type alarm struct {
	text    string
	bubbled bool // in a synctest bubble there is no clock: its time jumps

	mu    sync.Mutex
	timer *time.Timer // nil if bubbled
	taken bool
}

// newAlarm writes the text, which is other people's code, before any lock is
// held.
func newAlarm(p *PanicError) *alarm {
	header, _, _ := bytes.Cut(p.Stack, []byte("\n"))
	return &alarm{text: textOf(p), bubbled: bytes.Contains(header, []byte("synctest bubble"))}
}

// textOf asks the value on a goroutine of its own. Its method may call
// runtime.Goexit: ours would be lost before the worker is counted out.
func textOf(p *PanicError) string {
	value, done := fmt.Sprintf("(%T)", p.Value), make(chan struct{})
	go func() {
		defer close(done)
		value = plainly(p.Value)
	}()
	<-done
	return p.report(value)
}

// alert raises the alarm of a panic that was just booked, unless there is one.
// mu is held.
//
//go:norace
func (g *Group) alert(a *alarm) {
	l := g.ledger
	if l.alarm != nil || a == nil {
		return
	}
	l.alarm = a
	runtime.AddCleanup(g, (*alarm).dropped, a)
	if !a.bubbled {
		raceOn() // it must be seen to start here
		a.timer = time.AfterFunc(grace, a.sound)
		raceOff()
		a.set(!g.awaited())
	}
}

// set starts the clock or stops it.
//
//go:norace
func (a *alarm) set(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.timer == nil || a.taken:
	case on:
		a.timer.Reset(grace)
	default:
		a.timer.Stop()
	}
}

//go:norace
func (a *alarm) sound() {
	if !a.isTaken() {
		panic("skein: a worker panicked and no Wait took it\n" + a.text)
	}
}

//go:norace
func (a *alarm) dropped() {
	if !a.isTaken() {
		panic("skein: a worker panicked and its group was dropped without Wait\n" + a.text)
	}
}

//go:norace
func (a *alarm) isTaken() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.taken
}

// disarm is called when the panic has been taken. A nil alarm is Run's.
//
//go:norace
func (a *alarm) disarm() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.taken = true
	if a.timer != nil {
		a.timer.Stop()
	}
}

//go:norace
func (g *Group) root() *Group {
	for g.member != nil {
		g = g.member.parent
	}
	return g
}

// awaited says whether a Wait blocks that will take what this group has to
// tell. mu is held; a parent's lock comes after it.
//
//go:norace
func (g *Group) awaited() bool {
	if g.waiting > 0 {
		return true
	}
	if g.member == nil {
		return false
	}
	p := g.member.parent
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.awaited()
}

// tend starts and stops the clocks of untaken panics, in the group and below
// it, when a Wait begins to block or gives up.
//
//go:norace
func (g *Group) tend() {
	g.mu.Lock()
	l := g.ledger
	if l == nil {
		g.mu.Unlock()
		return
	}
	if l.alarm != nil && !g.closed {
		l.alarm.set(!g.awaited())
	}
	g.mu.Unlock()
	for _, child := range g.kin() {
		child.tend()
	}
}
