package cluster

import (
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein/cluster/internal/permit"
)

// A pull asks for what will be begun soon: for one batch while nothing is known,
// for none when there is enough, for many when they end quickly.
func TestAPullAsksForWhatIsBegunSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hand{all: &hands{slots: 64}, size: mostTasks}
		more := func(want int, when string) {
			t.Helper()
			if got := h.more(time.Now()); got != want {
				t.Errorf("%s: it asks for %d batches, not %d", when, got, want)
			}
		}
		more(1, "before anything is known")
		g := h.take()
		g.has(mostTasks)
		more(0, "with more tasks than slots, of which none has ended")
		g.ended(mostTasks - 10)
		more(2, "when nearly all have ended just now") // 64 - 10 and 246 more are 300
		time.Sleep(2 * moment)
		more(1, "when they have not for a while") // 54 slots are free
		g.ended(10)
		g.leave()

		for range 100 { // tasks that travel alone
			g := h.take()
			g.has(1)
			g.leave()
		}
		time.Sleep(2 * moment)
		more(ahead, "when batches have one task, and 64 slots are free")
		g = h.take()
		g.has(mostTasks)
		g.gone(mostTasks)
		more(1, "when others have those that there were: they did not end here")
	})
}

// A type whose tasks find the worker full of others' has a batch there even so.
func TestAPullMayHaveOneBatchInAFullWorker(t *testing.T) {
	all := &hands{slots: 8}
	full, other := &hand{all: all, size: mostTasks}, &hand{all: all, size: mostTasks}
	full.take().has(mostTasks)
	if n := other.more(time.Now()); n != 1 {
		t.Errorf("it asks for %d batches", n)
	}
	other.take()
	if n := other.more(time.Now()); n > 0 {
		t.Errorf("with one in hand it asks for %d more", n)
	}
}

// A pull that has a fixed number of batches asks for no others, whatever ends.
func TestAPullOfAFixedNumber(t *testing.T) {
	h := &hand{all: &hands{slots: 8}, fixed: 1}
	if n := h.more(time.Now()); n != 1 {
		t.Errorf("it asks for %d batches", n)
	}
	g := h.take()
	g.has(100)
	g.ended(100)
	if n := h.more(time.Now()); n != 0 {
		t.Errorf("with one in hand it asks for %d more", n)
	}
}

// Attempts that are to wait travel alone, and a pull that gave back one at a time
// would have thousands of them wait for each other besides.
func TestAPullOfWhatWaitsAsksForManyAtOnce(t *testing.T) {
	w := &worker{hands: &hands{slots: 64}}
	if n := w.open(&handler{typ: "t"}, permit.Later).hand.more(time.Now()); n != ahead {
		t.Errorf("it asks for %d batches, not %d", n, ahead)
	}
}
