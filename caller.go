package skein

import "runtime"

// A place is where a worker was started or what it runs: a function and a
// line, kept as a program counter until somebody wants to read it.
type place uintptr

func (p place) frame() runtime.Frame {
	if p == 0 {
		return runtime.Frame{}
	}
	frame, _ := runtime.CallersFrames([]uintptr{uintptr(p)}).Next()
	return frame
}
