//go:build !race

package skein

import "unsafe"

func raceOpen(unsafe.Pointer)   {}
func racePassed(unsafe.Pointer) {}
