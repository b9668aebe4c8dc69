package insight

import (
	"math"
	"sync"
	"time"

	"example.com/skein"
)

const (
	// patience is how long after the last request somebody still looks.
	patience = 15 * time.Second

	// recent is how many ended workers an answer lists.
	recent = 500
)

// watch is what is kept while somebody looks, for all viewers together: from
// the first request until there has been none for a while.
type watch struct {
	mu    sync.Mutex
	timer *time.Timer // calls leave; nil while nobody looks
	last  time.Time   // when somebody last looked

	history *skein.History // nil if there is to be none, or there is a source
	source  ended          // the history, or what is shown in place of the process
	read    uint64         // how far it has been read
	before  uint64         // the workers of earlier histories, so that numbers never go back
	ended   []numbered     // the last of them
	plot    plot

	dumps dumps
}

// numbered is an ended worker with the number that After gives it.
type numbered struct {
	n uint64
	skein.Ended
}

// look notes that somebody looks.
func (w *watch) look(keep int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = time.Now()
	if w.timer != nil {
		return
	}
	if keep > 0 {
		w.history = skein.KeepHistory(keep)
		w.source = w.history
	}
	w.timer = time.AfterFunc(patience, w.leave)
}

// follow notes that somebody looks at a source, which is never left: it costs
// nothing while nobody asks.
func (w *watch) follow(source Source) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.source = source
}

// leave is called by the timer.
func (w *watch) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if rest := patience - time.Since(w.last); rest > 0 {
		w.timer.Reset(rest)
		return
	}
	if w.history != nil {
		w.history.Close()
		_, n := w.history.After(math.MaxUint64)
		w.before += n
	}
	w.history, w.source, w.read, w.ended, w.plot, w.timer = nil, nil, 0, nil, plot{}, nil
	w.dumps.drop()
}

// since returns the workers that have ended after number n and the seconds
// from that time on, and the number of all that have ended.
func (w *watch) since(n uint64, second int64) ([]skein.Ended, []Second, uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fold()
	next := w.before + w.read
	if n > next {
		n = 0 // of a process before this one
	}
	ended := []skein.Ended{} // JSON has a list even so
	for _, e := range w.ended {
		if e.n > n {
			ended = append(ended, e.Ended)
		}
	}
	return ended, w.plot.from(second), next
}

// fold reads what is new. mu is held.
func (w *watch) fold() {
	if w.source == nil {
		return
	}
	fresh, next := w.source.After(w.read)
	if len(fresh) > 0 && w.plot.empty() {
		w.plot.reach(max(fresh[0].End.Unix(), time.Now().Unix()-plotted))
	}
	w.plot.reach(time.Now().Unix())
	w.plot.missed(int(next - w.read - uint64(len(fresh))))
	for i, e := range fresh {
		w.plot.add(e)
		if left := len(fresh) - i; left <= recent {
			shortenWorker(&e.Worker)
			w.ended = append(w.ended, numbered{w.before + next - uint64(left) + 1, e})
		}
	}
	if over := len(w.ended) - recent; over > 0 {
		w.ended = append(w.ended[:0], w.ended[over:]...)
	}
	w.read = next
}
