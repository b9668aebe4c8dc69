package skein

import "time"

// worth finds out whether items that run on the caller's goroutine are worth
// goroutines of their own. Reading the clock costs more than a cheap item: so
// it takes the time of single items until they have proved to be cheap, and
// then that of a whole stretch, with what the source takes, to see whether it
// should look again.
type worth struct {
	never bool // nobody could help

	unseen  int           // items that it will not look at
	since   time.Duration // when it ceased to look
	items   int           // that it has looked at
	spent   time.Duration // by these
	longest time.Duration // by one of them
	began   time.Time     // where time is counted from
}

// stretch is how many items are taken to be alike. One that costs less than
// dear is not worth a goroutine.
const (
	stretch = 64
	dear    = 200 * time.Nanosecond
)

// looks says whether the next item is to be timed.
func (w *worth) looks() bool {
	if w.unseen > 0 {
		w.unseen--
		return false
	}
	return !w.never && w.wakes()
}

// wakes says whether to look again, after a stretch that was not looked at.
func (w *worth) wakes() bool {
	switch {
	case w.began.IsZero():
		w.began = time.Now()
	case w.items == 0:
		now := time.Since(w.began)
		if now-w.since < stretch*dear {
			w.since, w.unseen = now, stretch
			return false
		}
	}
	return true
}

// took is told the time of an item, and reports whether those that follow are
// worth goroutines. The longest does not count: somebody else may have had the
// processor meanwhile.
func (w *worth) took(d time.Duration) bool {
	w.items++
	w.spent += d
	w.longest = max(w.longest, d)
	if rest := w.spent - w.longest; rest >= chunkFor && rest >= time.Duration(w.items-1)*dear {
		return true
	}
	if w.items == stretch {
		w.items, w.spent, w.longest = 0, 0, 0
		w.since, w.unseen = time.Since(w.began), stretch
	}
	return false
}
