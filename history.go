package skein

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// History keeps the workers of all groups of the process that have ended
// lately; not the tasks that were skipped, which had none. While there is one,
// every worker reads the clock when it starts and when it ends, and takes a
// lock, about 250 ns together; without one none does (BenchmarkSeen).
type History struct {
	mu   sync.Mutex
	past []past // a ring: the one with the number n is at n modulo its length
	n    uint64 // of all that were put in
}

// Ended is a worker that has ended.
type Ended struct {
	Worker            // its Age is how long it ran; with AtLeast it may have been longer. A long Name is cut
	GroupID uint64    `json:"groupID"` // as in [GroupState]
	End     time.Time `json:"end"`
	Outcome Outcome   `json:"outcome"`
	Err     string    `json:"err,omitempty"` // the beginning of the error's text
}

// past is a worker that has ended, with program counters that nobody has read.
type past struct {
	sighting
	group   *config
	id      uint64
	end     time.Time
	outcome Outcome
	err     string
}

// histories are those that are kept, and whether there is one.
var histories struct {
	mu   sync.Mutex
	list []*History // replaced, never changed
	on   atomic.Bool
}

// KeepHistory begins to keep the last n workers that end. A history that is not
// needed any more must be closed. It panics if n is not positive.
//
// While there is a history, the Error method of what a worker returns is called
// on the worker's goroutine, before the worker is counted out. One that blocks,
// or calls [runtime.Goexit], does that to the worker.
func KeepHistory(n int) *History {
	if n <= 0 {
		panic("skein: a history of no workers")
	}
	h := &History{past: make([]past, n)}
	histories.mu.Lock()
	defer histories.mu.Unlock()
	histories.list = append(slices.Clone(histories.list), h)
	histories.on.Store(true)
	return h
}

// Close ends the keeping. What was kept can still be read. A second Close does
// nothing.
func (h *History) Close() {
	histories.mu.Lock()
	defer histories.mu.Unlock()
	histories.list = slices.DeleteFunc(slices.Clone(histories.list), func(other *History) bool { return other == h })
	histories.on.Store(len(histories.list) > 0)
}

// After returns the workers that have ended since n had, those that are still
// kept, in the order of their ends; and the number of all so far, which is the
// n of the next call. It does not block, and may be called concurrently. After
// is a view.
func (h *History) After(n uint64) ([]Ended, uint64) {
	kept, n := h.after(n)
	seen := make(sights)
	all := make([]Ended, len(kept))
	for i, p := range kept {
		w := seen.worker(p.group, p.sighting, p.end)
		w.AtLeast = !p.exact
		all[i] = Ended{Worker: w, GroupID: p.id, End: p.end, Outcome: p.outcome, Err: p.err}
	}
	return all, n
}

//go:norace
func (h *History) after(n uint64) ([]past, uint64) {
	defer raceRead(h)
	raceOff()
	defer raceOn()
	h.mu.Lock()
	defer h.mu.Unlock()
	kept := uint64(len(h.past))
	if h.n > kept {
		n = max(n, h.n-kept)
	}
	var all []past
	for ; n < h.n; n++ {
		all = append(all, h.past[n%kept])
	}
	return all, h.n
}

//go:norace
func (h *History) put(p past) {
	h.mu.Lock()
	h.past[h.n%uint64(len(h.past))] = p
	h.n++
	h.mu.Unlock()
}

// remember puts a worker that ends into the histories. It runs other people's
// code: an error's.
//
//go:norace
func (r *record) remember(g *Group, outcome Outcome, err error) {
	p := past{group: g.config, end: time.Now(), outcome: outcome}
	if err != nil {
		p.err = brief(err)
	}
	raceOff()
	g.mu.Lock()
	p.sighting, p.id = r.sighting(), roots.identify(g)
	p.name = cut(p.name)
	g.mu.Unlock()
	histories.mu.Lock()
	list := histories.list
	histories.mu.Unlock()
	raceOn()
	for _, h := range list {
		raceKept(h)
		raceOff()
		h.put(p)
		raceOn()
	}
}

// brief is the beginning of an error's text, in one line.
func brief(err error) string {
	text := fmt.Sprint(err)
	if p, ok := err.(*PanicError); ok { //errorlint: its whole report would drown the rest
		text = plainly(p.Value)
	}
	return cut(strings.ReplaceAll(text, "\n", " "))
}

// cut returns the beginning of a text that is too long to be kept: a copy, that
// does not keep the rest.
func cut(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
