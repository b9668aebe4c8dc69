package bench

import (
	"sync"
	"sync/atomic"
	"testing"
)

// queue is a way to have tasks run: what is compared.
type queue interface {
	// work runs tasks, concurrency at a time, until the benchmark ends.
	work(f func())

	// submitAll submits n tasks the fastest way there is.
	submitAll(n int) error

	// submit submits one, and returns when the server has it.
	submit() error

	// wait returns when all that was submitted is accounted.
	wait() error
}

// concurrency is how many tasks a worker runs at a time. Of 64, 256 and 1000
// it is the one that River is fastest with; to the others it is all the same.
const concurrency = 1000

// contestant is a queue that takes part, with as many tasks as keep it busy for
// some seconds: what is compared is a rate.
type contestant struct {
	impl  string
	tasks int
	open  func(testing.TB) queue
}

// each runs f as a sub-benchmark for everybody.
func each(b *testing.B, all []contestant, f func(b *testing.B, q queue, tasks int)) {
	for _, c := range all {
		b.Run("impl="+c.impl, func(b *testing.B) { f(b, c.open(b), c.tasks) })
	}
}

// counted has q run tasks that are counted.
func counted(q queue) (ran *atomic.Int64) {
	ran = new(atomic.Int64)
	q.work(func() { ran.Add(1) })
	return ran
}

// pass has n tasks submitted, run and accounted.
func pass(b testing.TB, q queue, n int, ran *atomic.Int64) {
	before := ran.Load()
	if err := q.submitAll(n); err != nil {
		b.Fatal(err)
	}
	if err := q.wait(); err != nil {
		b.Fatal(err)
	}
	if got := ran.Load() - before; got != int64(n) {
		b.Fatalf("%d tasks ran, of %d", got, n)
	}
}

// tally counts, and lets one wait for a number.
type tally struct {
	mu    sync.Mutex
	n     int
	until int
	there chan struct{} // closed when n is until
}

func (t *tally) add() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n++; t.there != nil && t.n == t.until {
		close(t.there)
	}
}

func (t *tally) wait(n int) {
	t.mu.Lock()
	if t.n >= n {
		t.mu.Unlock()
		return
	}
	t.until, t.there = n, make(chan struct{})
	t.mu.Unlock()
	<-t.there
}
