package clusterweb

import (
	"slices"
	"strings"
	"time"

	"example.com/skein/cluster"
)

const (
	mostWorkers = 2000 // that are shown at all
	mostTasks   = 100  // of a worker
	mostTypes   = 20   // of a worker

	silentAfter = 8 * time.Second // a worker speaks every five
	goneFor     = 5 * time.Minute // how long one that has gone is shown
	mostGone    = 50
)

// crew are the workers, and those that have gone.
type crew struct {
	there []member
	gone  []member
}

// member is a worker.
type member struct {
	cluster.Worker
	heard time.Time // when it said something new, by our clock
	left  time.Time // when it was not there any more
	died  bool      // it said nothing for long before
}

// take takes what the workers say, which may be some seconds old: but for the
// tasks that have ended since.
func (c *crew) take(workers []cluster.Worker, now time.Time, hasEnded func(*cluster.Running) bool) {
	before := make(map[string]member, len(c.there))
	for _, m := range c.there {
		before[m.Name] = m
	}
	c.there = c.there[:0:0]
	for _, w := range workers[:min(len(workers), mostWorkers)] {
		m := member{Worker: shorten(w), heard: now}
		n := len(m.Tasks)
		m.Tasks = slices.DeleteFunc(m.Tasks, func(t cluster.Running) bool { return hasEnded(&t) })
		m.Running = max(0, m.Running-(n-len(m.Tasks)))
		if old, known := before[m.Name]; known && old.At.Equal(w.At) {
			m.heard = old.heard
		}
		delete(before, m.Name)
		c.there = append(c.there, m)
	}
	if len(workers) <= mostWorkers {
		for _, m := range before {
			m.left, m.died = now, now.Sub(m.heard) > silentAfter
			c.gone = append(c.gone, m)
		}
	}
	c.gone = slices.DeleteFunc(c.gone, func(m member) bool {
		return now.Sub(m.left) > goneFor || slices.ContainsFunc(c.there, func(w member) bool { return w.Name == m.Name })
	})
	slices.SortFunc(c.gone, func(a, b member) int {
		if n := b.left.Compare(a.left); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	c.gone = c.gone[:min(len(c.gone), mostGone)]
}

// shorten cuts what a worker says of itself, which may be anything.
func shorten(w cluster.Worker) cluster.Worker {
	w.Name, w.Host = clip(w.Name, mostBytes), clip(w.Host, mostBytes)
	w.Types = slices.Clone(w.Types[:min(len(w.Types), mostTypes)])
	for i := range w.Types {
		w.Types[i] = clip(w.Types[i], mostBytes)
	}
	w.Tasks = slices.Clone(w.Tasks[:min(len(w.Tasks), mostTasks)])
	for i := range w.Tasks {
		w.Tasks[i].Run = clip(w.Tasks[i].Run, mostBytes)
	}
	w.Slots, w.Running = max(0, w.Slots), max(0, w.Running)
	return w
}

// running counts the tasks of a run that run, as far as workers list theirs.
func (c *crew) running(run string) (n int) {
	for i := range c.there {
		for j := range c.there[i].Tasks {
			if c.there[i].Tasks[j].Run == run {
				n++
			}
		}
	}
	return n
}

// isSilent reports whether a worker should have said something by now.
func (m *member) isSilent(now time.Time) bool { return now.Sub(m.heard) > silentAfter }
