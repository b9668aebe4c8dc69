// Package model plays the cluster's protocol against a server that is made up,
// in time that is made up, while processes are killed, stopped and cut off and
// messages are late, lost and doubled. What is decided is what package protocol
// decides; docs/states.md says what must hold.
//
// A history is all that follows from a seed: the same seed is the same history.
package model

import (
	"container/heap"
	"iter"
	"math/rand/v2"
)

// sim is the time in which everything happens, in milliseconds, one thing after
// the other.
type sim struct {
	*rand.Rand
	now    int
	events events
	count  int
}

// after calls f when d has passed.
func (s *sim) after(d int, f func()) {
	s.count++
	heap.Push(&s.events, event{s.now + d, s.count, f})
}

// play lets happen what is to happen until end or until stop says so.
func (s *sim) play(end int, stop func() bool) {
	for len(s.events) > 0 && !stop() {
		e := heap.Pop(&s.events).(event)
		if e.at > end {
			return
		}
		s.now = e.at
		e.f()
	}
}

// chance is true once in n times.
func (s *sim) chance(n int) bool { return s.IntN(n) == 0 }

type event struct {
	at, order int
	f         func()
}

// events is a heap: the earliest first, and of those the one that was there
// first.
type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	x := old[len(old)-1]
	*e = old[:len(old)-1]
	return x
}

// node is a process of an operating system. It may be killed; stopped, and
// continued later; cut off from the server.
type node struct {
	sim     *sim
	dead    bool
	stopped bool
	cut     bool
	threads []*thread
	held    []func() // what would have happened while it was stopped
}

// thread is one of a node's lines of work. It is a coroutine: it runs until it
// waits, and nobody else does meanwhile.
type thread struct {
	*node
	yield func(struct{}) bool
	next  func() (struct{}, bool)
	stop  func()
	wait  int // counts its waits, so that only what it waits for wakes it
}

// killed unwinds the stack of a thread whose node is dead.
type killed struct{}

// start begins a thread.
func (n *node) start(f func(t *thread)) {
	t := &thread{node: n}
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			if v := recover(); v != nil && v != (killed{}) {
				panic(v)
			}
		}()
		t.yield = yield
		f(t)
	})
	n.threads = append(n.threads, t)
	n.sim.after(0, func() { n.do(func() { t.next() }) })
}

// do does something in the node: now, when it is continued, or never.
func (n *node) do(f func()) {
	switch {
	case n.dead:
	case n.stopped:
		n.held = append(n.held, f)
	default:
		f()
	}
}

// park waits for somebody who wakes this very wait.
func (t *thread) park() {
	if !t.yield(struct{}{}) {
		panic(killed{})
	}
}

// waker gives what ends the wait that is about to begin.
func (t *thread) waker() func() {
	t.wait++
	wait := t.wait
	return func() {
		t.do(func() {
			if t.wait == wait {
				t.wait++
				t.next()
			}
		})
	}
}

// sleep waits for d of the node's own time, which passes as everybody's does:
// no clock is compared with another's.
func (t *thread) sleep(d int) {
	t.sim.after(d, t.waker())
	t.park()
}

// kill ends the node, as SIGKILL does.
func (n *node) kill() {
	n.dead = true
	for _, t := range n.threads {
		t.stop()
	}
}

// pause stops the node for d, as SIGSTOP and SIGCONT do.
func (n *node) pause(d int) {
	n.stopped = true
	n.sim.after(d, func() {
		n.stopped = false
		held := n.held
		n.held = nil
		for _, f := range held {
			n.do(f)
		}
	})
}
