package skein

import (
	"context"
	"runtime"
	"time"
)

// chunkFor is how long a chunk should take: so long that taking it costs next
// to nothing. It is also what the caller must have spent alone, and what must
// be left, for a helper to be worth its start.
const chunkFor = 10 * time.Microsecond

// blind is how many items the caller runs without looking at the clock while it
// is alone: few, as nobody can help if they turn out to be dear.
const blind = 128

// hand is what a worker has taken.
type hand struct {
	ctx   context.Context
	at    int           // the item that it runs, or is about to
	until int           // where it is next to ask whether to go on
	end   int           // where its chunk ends
	first int           // where it began
	since time.Duration // when it did
	size  int           // of a chunk, as it should be; 0: not known
}

// begin runs items on the caller's goroutine, until it reports that helpers
// should come. With a limit that was asked for that is at once.
func (s *spread) begin(w *hand) bool {
	n, limited := int(s.n), s.group.config.given&kindLimit != 0
	switch {
	case n > 2 && !limited:
		return s.probe(w)
	case n > 1 && limited && s.group.config.limit != 1:
		return true
	}
	w.end = n
	s.finish(w)
	return false
}

// probe runs items until the clock says that they are worth helpers, doubling
// the chunk.
func (s *spread) probe(w *hand) bool {
	s.began = time.Now()
	for size := 1; w.end < int(s.n); size = min(2*size, blind) {
		w.at, w.end = w.end, min(w.end+size, int(s.n))
		if !s.finish(w) {
			return false
		}
		left := s.n - int64(w.end)
		if left < 2 {
			continue
		}
		spent := time.Since(s.began)
		if spent >= chunkFor && left >= int64(w.end)*int64(chunkFor)/int64(spent) && runtime.GOMAXPROCS(0) > 1 {
			s.next.Store(int64(w.end))
			s.size = paced(w.end, spent)
			return true
		}
	}
	return false
}

// staff brings in helpers, beside so many callers that work.
func (s *spread) staff(callers int) {
	g := &s.group
	s.workers = s.limit()
	s.most = s.n
	if s.workers > 0 {
		g.limit = max(1, s.workers-callers)
		s.most = min(s.n, int64(g.limit))
	}
	s.single = s.workers == 0 || s.workers > runtime.GOMAXPROCS(0)
	s.size = max(1, s.size)
	if s.began.IsZero() {
		s.began = time.Now()
	}
	roots.add(g)
	s.recruit()
}

// recruit is called by each worker that comes: where nobody waits for another,
// two or three do all that is short, and yet all come if the items take long.
func (s *spread) recruit() {
	for range 2 {
		if s.next.Load() >= s.n || s.hired.Add(1) > s.most {
			return
		}
		s.hire(0, 0)
	}
}

// hire sends for a helper that begins with the items from at to end, if there
// are any.
func (s *spread) hire(at, end int) {
	f := func(ctx context.Context) error {
		s.help(&hand{ctx: ctx, at: at, end: end})
		return nil
	}
	s.group.submit(task{f, s.pc, &s.job.ask}, false)
}

func (s *spread) help(w *hand) {
	returned := false
	defer func() {
		if !returned {
			s.left(w, recover())
		}
	}()
	s.recruit()
	s.work(w)
	returned = true
}

// left is the end of a helper whose item panicked with v, or called Goexit if v
// is nil.
func (s *spread) left(w *hand, v any) {
	if v == nil && s.group.policy() == keepGoing {
		s.hire(w.at+1, w.end) // somebody else goes on
	} else {
		s.notices.Or(halted)
	}
	s.handOn(w.at, v)
}

// work runs items until none is left, or nothing is to start any more.
func (s *spread) work(w *hand) {
	w.first, w.since, w.size = w.at, time.Since(s.began), s.size
	for w.at < w.end || s.take(w) {
		if !s.finish(w) {
			return
		}
	}
}

// finish runs what w has taken, and reports whether more may start.
func (s *spread) finish(w *hand) bool {
	for w.at < w.end {
		w.until = w.end
		if s.group.watch {
			if s.cancelled() {
				s.notices.Or(halted)
				return false
			}
			w.until = min(w.end, w.at+w.stride())
		}
		if !s.items.chunk(w) {
			return false
		}
		w.at = w.until
	}
	return true
}

// stride is how many items start before the caller's context is asked again.
// To ask is dearer than a very cheap item.
func (w *hand) stride() int {
	if w.size >= 64 {
		return 8
	}
	return 1
}

// take takes the next chunk: never more than a fair share of what is left.
func (s *spread) take(w *hand) bool {
	k := int64(1)
	if !s.single {
		now := time.Since(s.began)
		if w.end > w.first {
			w.size = paced(w.end-w.first, now-w.since)
		}
		w.since = now
		fair := (s.n - s.next.Load()) / int64(2*s.workers)
		k = max(1, min(int64(w.size), fair))
	}
	end := s.next.Add(k)
	if end-k >= s.n {
		s.notices.Or(dry)
		return false
	}
	w.first = int(end - k)
	w.at, w.end = w.first, int(min(end, s.n))
	return true
}

// paced returns how long a chunk should be if one of k items took d: at most
// twice as long as that was.
func paced(k int, d time.Duration) int {
	if d <= chunkFor/2 {
		return max(1, 2*k)
	}
	return max(1, int(int64(k)*int64(chunkFor)/int64(d)))
}

// heed is called before an item when there are notices, and reports whether the
// item may start.
func (s *spread) heed(w *hand) bool {
	if s.notices.Load()&halted != 0 {
		return false
	}
	if w.end-w.at > 1 {
		s.share(w)
	}
	return true
}

// share gives half of a chunk that takes much longer than it should to a new
// helper, as there is a worker that has nothing to do.
func (s *spread) share(w *hand) {
	now := time.Since(s.began)
	if now-w.since < 2*chunkFor {
		return
	}
	half := w.at + (w.end-w.at+1)/2
	s.hire(half, w.end)
	w.end, w.until = half, min(w.until, half)
	w.first, w.since = w.at, now
}
