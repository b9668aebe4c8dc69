package skein

import (
	"context"
	"time"
)

// RaceEnabled tells tests that count in thousands that each costs more now.
const RaceEnabled = raceEnabled

// LateAnnouncement lists a batch of an unordered stream once more when it is in
// its next use, but not taken yet. It reports what has become of that use: how
// many batches live then, and whether the next result will be announced.
func LateAnnouncement() (live int, announced bool) {
	p := planned("Stream", context.Background(), false, false, 0, []Option{Unordered()})
	f := func(context.Context, int) (int, error) { return 0, nil }
	s := newStream(p, f, nil)
	use := func() *batch[int, int] {
		b := s.begin(1, 0, nil)
		s.link(b)
		return b
	}
	b := use()
	s.claim(s.pace.size)
	b.makeRoom()
	b.done.Store(1) // a worker, which goes on to announce
	b.given = 1
	s.drop(b)
	if use() != b {
		panic("skein: the batch is not used again")
	}
	s.announce(b)
	s.first()
	return s.live, b.watched.Load()
}

// SetGrace shortens the grace of panics, for a process of its own. It returns
// what the grace is for everybody else.
func SetGrace(d time.Duration) time.Duration {
	old := grace
	grace = d
	return old
}
