//go:build gc && !tinygo && go1.25 && !go1.27

package skein

import "unsafe"

// dress gives the goroutine the labels, as pprof.SetGoroutineLabels(l) does in
// labels_any.go. That is three calls and a type assertion to find the pointer
// that is known here, a tenth of all that a short task costs, before every
// task (decision 0005). It leans on two things that are not promised, so it is
// compiled only for versions of Go on which the tests have seen them hold: the
// value in the context is the pointer itself, and the runtime takes it by this
// name, which its source says will neither go nor change.
//
//go:norace
func (l *labels) dress() { setProfLabel((*eface)(unsafe.Pointer(&l.value)).data) }

type eface struct{ _, data unsafe.Pointer }

//go:linkname setProfLabel runtime/pprof.runtime_setProfLabel
func setProfLabel(unsafe.Pointer)
