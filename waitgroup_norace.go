//go:build !race

package skein

import "unsafe"

func raceAdd(unsafe.Pointer, int)    {}
func raceAdded()                     {}
func raceFirst(unsafe.Pointer)       {}
func raceFirstWaiter(unsafe.Pointer) {}
func raceWait()                      {}
func raceWaiting()                   {}
func raceWaited(unsafe.Pointer)      {}
