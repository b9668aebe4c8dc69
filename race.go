//go:build race

package skein

import (
	"runtime"
	"unsafe"
)

// Under the race detector every task gets a goroutine of its own, and the
// detector is told just what a go statement and a sync.WaitGroup would tell
// it: the submission of a task comes before its start, its end before the
// return of Wait, and, as people rely on it, under Limit(1) one task before
// the next. The group's lock, and which goroutine starts which, are hidden:
// they order tasks that nothing of the user's orders, and his races would
// never be reported. So what the group does on a worker's goroutine is marked
// go:norace and runs between raceOff and raceOn; other people's code runs
// between raceOn and raceOff, for raceOff hides synchronization but no memory
// access, and would lead to false reports there.
const raceEnabled = true

func raceOff() { runtime.RaceDisable() }
func raceOn()  { runtime.RaceEnable() }

// raceSubmitted and raceTaken order the submission of the task that lies in a
// place of the queue before its start.
func raceSubmitted(place unsafe.Pointer) {
	runtime.RaceEnable()
	runtime.RaceRelease(place)
	runtime.RaceDisable()
}

func raceTaken(place unsafe.Pointer) {
	runtime.RaceEnable()
	runtime.RaceAcquire(place)
	runtime.RaceDisable()
}

// raceStart and raceEnd enclose a task.
func raceStart(g *Group, serial bool) {
	runtime.RaceEnable()
	if serial {
		runtime.RaceAcquire(unsafe.Pointer(&g.limit))
	}
}

func raceEnd(g *Group) {
	runtime.RaceReleaseMerge(unsafe.Pointer(&g.limit))
	runtime.RaceReleaseMerge(unsafe.Pointer(&g.running))
	for g.member != nil { // a parent's Wait waits for its children's tasks
		g = g.member.parent
		runtime.RaceReleaseMerge(unsafe.Pointer(&g.running))
	}
	runtime.RaceDisable()
}

// raceMade and raceSeen order the making of a group before whatever a snapshot
// reads of it.
func raceMade(g *Group) { runtime.RaceReleaseMerge(unsafe.Pointer(&g.made)) }
func raceSeen(g *Group) { runtime.RaceAcquire(unsafe.Pointer(&g.made)) }

// raceKept and raceRead order what a history keeps before its being read.
func raceKept(h *History) { runtime.RaceReleaseMerge(unsafe.Pointer(h)) }
func raceRead(h *History) { runtime.RaceAcquire(unsafe.Pointer(h)) }

// raceJoin orders what has ended before what follows, after a Wait.
func raceJoin(g *Group) { runtime.RaceAcquire(unsafe.Pointer(&g.running)) }
