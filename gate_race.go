//go:build race

package skein

import (
	"runtime"
	"unsafe"
)

// raceOpen and racePassed order the opening of a gate before each passing.
func raceOpen(gate unsafe.Pointer)   { runtime.RaceRelease(gate) }
func racePassed(gate unsafe.Pointer) { runtime.RaceAcquire(gate) }
