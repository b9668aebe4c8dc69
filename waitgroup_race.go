//go:build race

package skein

import (
	"runtime"
	"unsafe"
)

// What the race detector is told about a WaitGroup is what the documentation
// promises and no more: Done comes before the return of Wait. Its own atomics,
// its lock and its channels are hidden, for they also order one Done after
// another, which no user may rely on, and would hide races between the two.

// raceAdd begins an Add.
func raceAdd(wg unsafe.Pointer, delta int) {
	if delta < 0 {
		runtime.RaceReleaseMerge(wg)
	}
	runtime.RaceDisable()
}

// raceAdded ends it, also before a panic.
func raceAdded() { runtime.RaceEnable() }

// raceFirst and raceFirstWaiter are a read and a write of the same word by the
// Add that raises the counter from zero and by the first to wait: if nothing
// orders the two that is a misuse, and the detector reports it. Reads, as
// several may raise the counter at the same time.
func raceFirst(word unsafe.Pointer) { runtime.RaceRead(word) }

func raceFirstWaiter(word unsafe.Pointer) { runtime.RaceWrite(word) }

// raceWait begins a wait, raceWaited ends it when the counter was zero,
// raceWaiting when it was not.
func raceWait() { runtime.RaceDisable() }

func raceWaiting() { runtime.RaceEnable() }

func raceWaited(wg unsafe.Pointer) {
	runtime.RaceEnable()
	runtime.RaceAcquire(wg)
}
