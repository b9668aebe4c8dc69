//go:build !gc || tinygo || !go1.25 || go1.27

package skein

import "runtime/pprof"

// dress gives the goroutine the labels.
func (l *labels) dress() { pprof.SetGoroutineLabels(l) }
