//go:build !race

package skein

import "unsafe"

const raceEnabled = false

func raceOff()                     {}
func raceOn()                      {}
func raceSubmitted(unsafe.Pointer) {}
func raceTaken(unsafe.Pointer)     {}
func raceStart(*Group, bool)       {}
func raceEnd(*Group)               {}
func raceMade(*Group)              {}
func raceSeen(*Group)              {}
func raceKept(*History)            {}
func raceRead(*History)            {}
func raceJoin(*Group)              {}
