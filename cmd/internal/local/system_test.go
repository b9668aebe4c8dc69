package local

import "testing"

// TestANumberThatIsTakenAgain has a slot be done with a process whose number another
// slot's has by now: whoever reaps orphans must still leave that alone.
func TestANumberThatIsTakenAgain(t *testing.T) {
	const pid = 1 << 30 // no system has it
	first, second := &slot{}, &slot{}
	y := &system{running: map[int]*slot{}}
	y.enter(pid, first)
	y.enter(pid, second)
	if y.gone(pid, first); !y.isJob(pid) {
		t.Error("the second has lost its process to the first")
	}
	if y.gone(pid, second); y.isJob(pid) {
		t.Error("the second has reaped it, and it is still there")
	}
}
