package local

import "sync"

// seats are the numbers of the slots. There are as many as the limit says,
// and that may change while the run goes on: a slot that is one too many
// leaves when it has ended its task.
type seats struct {
	mu      sync.Mutex
	limit   int
	taken   []*slot // by number, from 1; nil: free
	n       int     // taken ones
	resized chan struct{}
}

func newSeats(limit int) *seats { return &seats{limit: limit, resized: make(chan struct{})} }

// resize changes the limit. Whoever waits for that has a channel from full or
// stay, which is closed.
func (t *seats) resize(limit int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit = limit
	close(t.resized)
	t.resized = make(chan struct{})
}

func (t *seats) full() (full bool, resized <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n >= t.limit, t.resized
}

// take gives s the lowest number that is free, even if that is one too many.
func (t *seats) take(s *slot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	for i, other := range t.taken {
		if other == nil {
			t.taken[i], s.n = s, i+1
			return
		}
	}
	t.taken = append(t.taken, s)
	s.n = len(t.taken)
}

func (t *seats) leave(s *slot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free(s)
}

// free gives the number back, once. mu is held.
func (t *seats) free(s *slot) {
	if t.taken[s.n-1] == s {
		t.taken[s.n-1] = nil
		t.n--
	}
}

// stay reports whether s may go on; else it has left.
func (t *seats) stay(s *slot) (stays bool, resized <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n > t.limit {
		t.free(s)
		return false, nil
	}
	return true, t.resized
}

// cancel tells the slot that runs the task, and reports whether one does.
func (t *seats) cancel(seq int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.taken {
		if s != nil && s.seq.Load() == int64(seq) {
			s.unwanted.Store(int64(seq))
			s.ring()
			if giveUp := s.giveUp.Load(); giveUp != nil {
				(*giveUp)(errByHand)
			}
			return true
		}
	}
	return false
}
