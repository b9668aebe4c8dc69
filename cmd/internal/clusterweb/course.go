package clusterweb

import (
	"time"

	"example.com/skein/cluster"
)

// course is how a run went from its first end to its last: how many tasks ended
// in each of a number of spans of the same length, which doubles when they do not
// do any more. So it takes the same room for a second and for a year.
type course struct {
	begin time.Time
	width time.Duration
	spans []part
}

// part is one of them.
type part struct {
	ended, bad int
	took       time.Duration // of all together
}

const mostParts = 240

func (c *course) add(end time.Time, o cluster.Outcome, took time.Duration) {
	if c.width == 0 {
		c.begin, c.width = end.Truncate(time.Second), time.Second
	}
	for end.Sub(c.begin) >= mostParts*c.width {
		c.widen()
	}
	i := max(0, int(end.Sub(c.begin)/c.width)) // the log is not quite in the order of the ends
	for len(c.spans) <= i {
		c.spans = append(c.spans, part{})
	}
	p := &c.spans[i]
	p.ended++
	p.took += took
	if o != cluster.Succeeded {
		p.bad++
	}
}

// widen puts two spans each together.
func (c *course) widen() {
	c.width *= 2
	half := make([]part, 0, mostParts)
	for i, p := range c.spans {
		if i%2 == 0 {
			half = append(half, p)
			continue
		}
		last := &half[len(half)-1]
		last.ended += p.ended
		last.bad += p.bad
		last.took += p.took
	}
	c.spans = half
}

// courseState is a course as JSON.
type courseState struct {
	Begin time.Time `json:"begin,omitzero"`
	Width float64   `json:"width"` // of a span, in seconds
	Ended []int     `json:"ended"`
	Bad   []int     `json:"bad"`  // of those, that did not succeed
	Took  []float64 `json:"took"` // how long one took on average, in nanoseconds
}

func (c *course) state() *courseState {
	s := &courseState{Begin: c.begin, Width: c.width.Seconds()}
	for _, p := range c.spans {
		s.Ended, s.Bad = append(s.Ended, p.ended), append(s.Bad, p.bad)
		s.Took = append(s.Took, float64(p.took)/float64(max(1, p.ended)))
	}
	return s
}
