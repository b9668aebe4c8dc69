package bench

import (
	"testing"
)

// A figure means nothing when the work was not done. Each benchmark counts its
// tasks itself, the rivals' too, of which this needs no server.

func TestEachTaskRunsOnceAndIsAccounted(t *testing.T) {
	q := skein()(t)
	ran := counted(q)
	for _, n := range []int{1, 64, 1000} {
		pass(t, q, n, ran)
	}
}

func TestAFleetHasAllItsWorkersWork(t *testing.T) {
	f := startFleet(t, 3, true)
	f.work(2, 8, "-takes", "1ms")
	f.warmUp()
	f.pass(100)
}

func TestARunIsWaitedForAgainByAnotherProcess(t *testing.T) {
	f := startFleet(t, 1, false)
	f.work(1, 8)
	for _, args := range [][]string{{"-tasks", "1000"}, {}} {
		n, peak := f.numbers(f.command(append([]string{"run", "-name", "a"}, args...)...))
		if n != 1000 || peak < 1 {
			t.Errorf("%v: %v outcomes, with %v MB", args, n, peak)
		}
	}
}

func TestATallyIsWaitedFor(t *testing.T) {
	var c tally
	go func() {
		for range 3 {
			c.add()
		}
	}()
	c.wait(3)
	c.wait(2) // has been reached
}
