package report

import (
	"sync/atomic"

	"example.com/skein/cmd/internal/spool"
)

// piece is some output of one task, or what stands in its place.
type piece struct {
	stdout, stderr *spool.Text
	prefix         string // before each line
	head, foot     string // before and after all of it, on standard output
	slot           int    // of the task
	raw            int64  // bytes of the task that it stands for
}

func (p piece) empty() bool { return p.raw == 0 && p.head == "" && p.stdout.Len() == 0 }

// order holds outputs back until all tasks before theirs have ended. Those of
// tasks that have ended and stand beside each other share a batch, so that a
// million that wait for the first cost no more than what they wrote.
type order struct {
	next  int             // the place of the task whose output may be written
	turn  *atomic.Int64   // the same, for others to read; nil: nobody does
	open  map[int][]piece // of tasks that run
	ended map[int]*batch  // each under its first and its last place
}

func newOrder() *order {
	return &order{next: 1, open: map[int][]piece{}, ended: map[int]*batch{}}
}

// batch is the output of tasks that have ended and stand beside each other.
type batch struct {
	first, last int
	parts       []part
	whole       spans
}

// part is a piece, or many small ones in one text.
type part struct {
	piece
	packed *spool.Text // nil: a piece
	ends   int         // the task whose output is out when this is; 0: there is none. No span, which each task would allocate
	whole  spans       // more of them
}

// add takes a piece of the task with that number at that place, its last one
// if done, and returns what may be written now. Nobody is to be told that the
// output of number 0 is out.
func (o *order) add(place, seq int, p piece, done bool) (now []part) {
	if place == o.next {
		now = append(now, part{piece: p})
		if done {
			now[0].ends = seq
			now = o.advance(now)
		}
		return now
	}
	if !p.empty() {
		o.open[place] = append(o.open[place], p)
	}
	if done {
		o.end(place, seq)
		return nil
	}
	// What cannot go to the file stays in memory, and is not lost.
	p.stdout.Keep()
	p.stderr.Keep()
	return nil
}

// advance goes on to the next task that has not ended.
func (o *order) advance(now []part) []part {
	o.next++
	if b := o.ended[o.next]; b != nil {
		delete(o.ended, b.first)
		delete(o.ended, b.last)
		now = append(append(now, b.parts...), part{whole: b.whole})
		o.next = b.last + 1
	}
	for _, p := range o.open[o.next] {
		now = append(now, part{piece: p})
	}
	delete(o.open, o.next)
	if o.turn != nil {
		o.turn.Store(int64(o.next))
	}
	return now
}

// end makes a batch of what a task wrote and joins it with those beside it.
func (o *order) end(place, seq int) {
	b := &batch{first: place, last: place}
	if seq > 0 {
		b.whole = spans{{seq, seq}}
	}
	for _, p := range o.open[place] {
		b.parts = append(b.parts, pack(p))
	}
	delete(o.open, place)
	if left := o.ended[place-1]; left != nil {
		delete(o.ended, left.first)
		delete(o.ended, left.last)
		b = left.join(b)
	}
	if right := o.ended[place+1]; right != nil {
		delete(o.ended, right.first)
		delete(o.ended, right.last)
		b = b.join(right)
	}
	o.ended[b.first], o.ended[b.last] = b, b
}

// join adds the batch that follows.
func (b *batch) join(after *batch) *batch {
	b.last = after.last
	if n := len(b.parts); n > 0 && len(after.parts) > 0 && b.parts[n-1].merge(after.parts[0]) {
		after.parts = after.parts[1:]
	}
	b.parts = append(b.parts, after.parts...)
	for _, s := range after.whole {
		b.whole = b.whole.add(s)
	}
	return b
}

// span is the numbers from first to last.
type span struct{ first, last int }

// spans are numbers of tasks. As those at places beside each other mostly have
// numbers beside each other, a million may be one span.
type spans []span

func (all spans) add(s span) spans {
	if n := len(all); n > 0 && all[n-1].last+1 == s.first {
		all[n-1].last = s.last
		return all
	}
	return append(all, s)
}
