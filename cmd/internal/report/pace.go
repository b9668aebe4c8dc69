package report

import (
	"math"
	"time"
)

// mostMarks is how many marks a pace keeps. When there are as many every
// second one goes, so that they lie evenly over the whole time.
const mostMarks = 32

// pace is how fast tasks end, looked at now and then.
type pace struct {
	marks []mark
	gap   time.Duration // at least so much lies between marks
}

type mark struct {
	at   time.Duration // since the beginning
	done int
}

// look notes how many are done.
func (p *pace) look(at time.Duration, done int) {
	if n := len(p.marks); n > 0 && at < p.marks[n-1].at+p.gap {
		return
	}
	p.marks = append(p.marks, mark{at, done})
	if len(p.marks) < mostMarks {
		return
	}
	for i := range mostMarks / 2 {
		p.marks[i] = p.marks[2*i+1]
	}
	p.marks = p.marks[:mostMarks/2]
	p.gap = p.marks[1].at - p.marks[0].at
}

// left is how long what is left takes at the rate so far, and between what
// times that lies: two standard errors of the mean of the rates between the
// marks to either side. Without enough marks both are 0, and most is 0 too if
// there is no telling.
func (p *pace) left(at time.Duration, done, all int) (left, least, most time.Duration) {
	mean := float64(done) / at.Seconds()
	left = after(all-done, mean)
	n, squares, before := 0, 0.0, mark{}
	for _, m := range p.marks {
		if span := (m.at - before.at).Seconds(); span > 0 {
			rate := float64(m.done-before.done) / span
			squares += (rate - mean) * (rate - mean)
			n++
		}
		before = m
	}
	if n < 4 || done < 4 {
		return left, 0, 0
	}
	off := 2 * math.Sqrt(squares/float64(n-1)/float64(n))
	least = after(all-done, mean+off)
	if off < mean*0.9 {
		most = after(all-done, mean-off)
	}
	return left, least, most
}

func after(n int, rate float64) time.Duration {
	return time.Duration(min(float64(n)/rate, 1e9) * float64(time.Second))
}
