package insight

import (
	"maps"
	"math/bits"
	"time"

	"example.com/skein"
)

// plotted is how many seconds the plots go back.
const plotted = 300

// Second tells of the workers that ended within one second.
type Second struct {
	Time  int64 `json:"time"`  // when it began, in Unix seconds
	Ended int   `json:"ended"` // all of them

	// Of those that the history still had when it was read: how they ended,
	// and how long they ran, within 4 %, in nanoseconds.
	Outcomes map[skein.Outcome]int `json:"outcomes,omitempty"`
	P50      time.Duration         `json:"p50,omitempty"`
	P90      time.Duration         `json:"p90,omitempty"`
	P99      time.Duration         `json:"p99,omitempty"`
}

// plot holds the last seconds, without a gap.
type plot struct {
	seconds []*second
}

type second struct {
	time     int64
	ended    int
	outcomes map[skein.Outcome]int
	ages     ages
}

// reach begins new seconds, up to that time.
func (p *plot) reach(now int64) {
	first := now
	if len(p.seconds) > 0 {
		first = max(p.latest().time+1, now-plotted+1)
	}
	for ; first <= now; first++ {
		p.seconds = append(p.seconds, &second{time: first, outcomes: make(map[skein.Outcome]int)})
	}
	if over := len(p.seconds) - plotted; over > 0 {
		p.seconds = append(p.seconds[:0], p.seconds[over:]...)
	}
}

func (p *plot) empty() bool { return len(p.seconds) == 0 }

func (p *plot) latest() *second { return p.seconds[len(p.seconds)-1] }

// missed counts workers of which nothing else is known, as of now.
func (p *plot) missed(n int) { p.latest().ended += n }

// add counts a worker, unless it ended before the plot begins. A clock that was
// set back cannot harm more than the shape of the plot.
func (p *plot) add(e skein.Ended) {
	p.reach(e.End.Unix())
	if e.End.Unix() < p.seconds[0].time {
		return
	}
	i := len(p.seconds) - 1
	for i > 0 && p.seconds[i].time > e.End.Unix() {
		i--
	}
	s := p.seconds[i]
	s.ended++
	s.outcomes[e.Outcome]++
	s.ages.add(e.Age)
}

// from returns the seconds from that time on.
func (p *plot) from(time int64) []Second {
	all := []Second{}
	for _, s := range p.seconds {
		if s.time >= time {
			all = append(all, Second{s.time, s.ended, maps.Clone(s.outcomes), s.ages.percentile(50), s.ages.percentile(90), s.ages.percentile(99)})
		}
	}
	return all
}

// ages counts durations in buckets that get wider as they get longer: eight to
// each doubling, so that the middle of one is within 4 % of all that it holds.
type ages struct {
	n       int
	buckets map[int]int
	highest int
}

func (a *ages) add(d time.Duration) {
	if a.buckets == nil {
		a.buckets = make(map[int]int)
	}
	b := bucket(d)
	a.n++
	a.buckets[b]++
	a.highest = max(a.highest, b)
}

// percentile returns 0 if there are none.
func (a *ages) percentile(p int) time.Duration {
	rank := (a.n*p + 99) / 100
	for b := 0; b <= a.highest; b++ {
		if rank -= a.buckets[b]; rank <= 0 {
			return middle(b)
		}
	}
	return 0
}

// bucket numbers the buckets: below 32 by the nanosecond, then by the five
// highest bits and the number of those below.
func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	shift := max(0, bits.Len64(n)-5)
	return shift*16 + int(n>>shift)
}

func middle(bucket int) time.Duration {
	if bucket < 32 {
		return time.Duration(bucket)
	}
	shift := bucket/16 - 1
	return time.Duration(bucket%16+16)<<shift + time.Duration(1)<<shift/2
}
