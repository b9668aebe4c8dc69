//go:build linux && !skein_portable

package spawn

import (
	"bytes"
	"syscall"
)

// words are the strings of a start as the kernel has them: each with a NUL behind
// it, and lists of their addresses, each with a 0 behind it.
type words struct {
	text  []byte
	lists []uintptr // offsets in text until all is there, then addresses
	envAt int       // in lists
	dirAt int       // in text; the path is at the beginning
}

// set takes the strings. A NUL in one is EINVAL.
func (w *words) set(path, dir string, argv, env []string) error {
	w.text, w.lists = w.text[:0], w.lists[:0]
	w.add(path)
	w.dirAt = len(w.text)
	w.add(dir)
	w.list(argv)
	w.envAt = len(w.lists)
	w.list(env)
	if bytes.Count(w.text, []byte{0}) != 2+len(argv)+len(env) {
		return syscall.EINVAL
	}
	for i, at := range w.lists { // now that text does not grow any more
		if at != end {
			w.lists[i] = address(&w.text[at])
		} else {
			w.lists[i] = 0
		}
	}
	return nil
}

// end is what stands for the end of a list while there are offsets.
const end = ^uintptr(0)

func (w *words) list(all []string) {
	for _, s := range all {
		w.lists = append(w.lists, uintptr(len(w.text)))
		w.add(s)
	}
	w.lists = append(w.lists, end)
}

func (w *words) add(s string) { w.text = append(append(w.text, s...), 0) }

func (w *words) path() uintptr { return address(&w.text[0]) }
func (w *words) dir() uintptr  { return address(&w.text[w.dirAt]) }
func (w *words) argv() uintptr { return address(&w.lists[0]) }
func (w *words) env() uintptr  { return address(&w.lists[w.envAt]) }
