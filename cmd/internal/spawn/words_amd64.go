//go:build linux && !skein_portable

package spawn

import (
	"strings"
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
	if err := w.add(path); err != nil {
		return err
	}
	w.dirAt = len(w.text)
	if err := w.add(dir); err != nil {
		return err
	}
	if err := w.list(argv); err != nil {
		return err
	}
	w.envAt = len(w.lists)
	if err := w.list(env); err != nil {
		return err
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

func (w *words) list(all []string) error {
	for _, s := range all {
		w.lists = append(w.lists, uintptr(len(w.text)))
		if err := w.add(s); err != nil {
			return err
		}
	}
	w.lists = append(w.lists, end)
	return nil
}

func (w *words) add(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return syscall.EINVAL
	}
	w.text = append(append(w.text, s...), 0)
	return nil
}

func (w *words) path() uintptr { return address(&w.text[0]) }
func (w *words) dir() uintptr  { return address(&w.text[w.dirAt]) }
func (w *words) argv() uintptr { return address(&w.lists[0]) }
func (w *words) env() uintptr  { return address(&w.lists[w.envAt]) }
