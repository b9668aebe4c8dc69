package task

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// MostLeft is how many processes that were left behind are told by name.
const MostLeft = 8

// Left is what tasks have left behind, and what was ended. Its zero value is
// nothing. It belongs to one goroutine.
type Left struct {
	n, named int
	names    map[int][]string // by task
}

// Add adds n processes of the task of that number, 0 if it is not known, and what
// the first of them are called. Less than one is none.
func (l *Left) Add(seq, n int, names ...string) {
	n = max(0, n)
	l.n += n
	if seq == 0 || l.named >= MostLeft || n == 0 {
		return
	}
	if l.names == nil {
		l.names = map[int][]string{}
	}
	names = names[:min(len(names), n, MostLeft-l.named)]
	l.names[seq] = append(l.names[seq], names...)
	l.named += max(1, len(names))
}

// Event tells of all of them; false: there were none.
func (l *Left) Event() (ev Event, any bool) {
	return Event{Kind: Swept, Time: time.Now(), Left: l.n, Cause: l.Whose()}, l.n > 0
}

// Whose says which tasks left them behind.
func (l *Left) Whose() string {
	var parts []string
	for _, seq := range slices.Sorted(maps.Keys(l.names)) {
		part := fmt.Sprint("task ", seq)
		if names := l.names[seq]; len(names) > 0 {
			part += ": " + strings.Join(names, ", ")
		}
		parts = append(parts, part)
	}
	if l.n > MostLeft {
		parts = append(parts, "and others")
	}
	return strings.Join(parts, "; ")
}
