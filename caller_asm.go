//go:build amd64 || arm64

package skein

// callerPC returns where the function that calls it was called: the return
// address that lies above the frame pointer. runtime.Callers costs 190 ns for
// the same, this 5 at most. A function that calls callerPC must not be
// inlined.
func callerPC() uintptr
