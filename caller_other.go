//go:build !amd64 && !arm64

package skein

import "runtime"

//go:noinline
func callerPC() uintptr {
	var pc [1]uintptr
	runtime.Callers(3, pc[:]) // itself, callerPC, the function that calls it
	return pc[0]
}
