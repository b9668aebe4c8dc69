package cluster

import (
	"maps"
	"sync"
	"time"
)

// revisions are the newest that were met of entries, by name.
type revisions struct {
	mu  sync.Mutex
	all map[string]revision
}

type revision struct {
	number uint64
	met    time.Time
}

// behindFor is longer than a server that was cut off believes that it leads. After
// that an entry that is older is what there is: an operator has put it back, or a
// server has lost what it had acknowledged.
const behindFor = time.Minute

// newest is the newest that was met lately.
func (r *revisions) newest(name string) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v := r.all[name]; time.Since(v.met) < behindFor {
		return v.number
	}
	return 0
}

const manyRevisions = 1000

// note notes one that was met.
func (r *revisions) note(name string, number uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if len(r.all) >= manyRevisions && r.all[name].number == 0 {
		maps.DeleteFunc(r.all, func(_ string, v revision) bool { return now.Sub(v.met) >= behindFor })
	}
	if r.all == nil {
		r.all = map[string]revision{}
	}
	if v := r.all[name]; number >= v.number || now.Sub(v.met) >= behindFor {
		r.all[name] = revision{number, now}
	}
}
