package clusterweb

import (
	"strings"

	"example.com/skein"
)

// ends are the last tasks that have ended, with a number for each: there are gaps
// where more ended than are kept. The zero value keeps none.
type ends struct {
	most int
	n    uint64 // of all
	last []numbered
}

type numbered struct {
	n uint64
	bygone
}

// bygone is a task that has ended, and the worker that had it.
type bygone struct {
	skein.Ended
	worker string
}

func (l *ends) add(e bygone) {
	l.n++
	l.last = append(l.last, numbered{l.n, e})
	if len(l.last) >= 2*l.most {
		l.last = append([]numbered(nil), l.last[len(l.last)-l.most:]...)
	}
}

// after gives those that have ended since n had, at most as many as are to be
// kept, and the number of the last.
func (l *ends) after(n uint64) (all []bygone, last uint64) {
	for _, e := range l.last[max(0, len(l.last)-l.most):] {
		if e.n > n {
			all = append(all, e.bygone)
		}
	}
	return all, l.n
}

// clip returns the beginning of a text that is too long.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// renumber forgets that there were more than are kept.
func (l *ends) renumber() {
	l.last = l.last[max(0, len(l.last)-l.most):]
	for i := range l.last {
		l.last[i].n = uint64(i + 1)
	}
	l.n = uint64(len(l.last))
}
