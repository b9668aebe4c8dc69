// Package bubble runs a test in fake time and checks that it leaves no
// goroutine of ours behind. Call [Run] in the usual case. Where the test needs
// the real clock, processes or the garbage collector, [Outside] checks the
// same.
package bubble

import (
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Run runs f as a subtest in a bubble of testing/synctest. It fails the test
// if, when f has returned and all else in the bubble is blocked, a goroutine
// that the library started still exists.
func Run(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f(t)
			synctest.Wait()
			if left := slices.DeleteFunc(ours(), outsideBubbles); len(left) > 0 {
				t.Errorf("%d goroutines of ours are left, the first:\n%s", len(left), left[0])
			}
		})
	})
}

// patience is how long goroutines that have nothing left to do may take to be
// gone, on a machine that is busy with something else.
const patience = 10 * time.Second

// Outside runs f as a subtest with the real clock. Goroutines that are on their
// way out when f returns are given time to go.
func Outside(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		f(t)
		left := ours()
		for deadline := time.Now().Add(patience); len(left) > 0 && time.Now().Before(deadline); left = ours() {
			time.Sleep(time.Millisecond) // the end of a goroutine cannot be waited for
		}
		if len(left) > 0 {
			t.Errorf("%d goroutines of ours are left, the first:\n%s", len(left), left[0])
		}
	})
}

// Ours counts the goroutines that the library has started and that exist.
func Ours() int { return len(ours()) }

// starter is what the stack of a goroutine ends with that a method of the
// library started.
const starter = "\ncreated by example.com/skein.(*"

func ours() []string {
	var all []string
	for stack := range stacks() {
		if strings.Contains(stack, starter) {
			all = append(all, stack)
		}
	}
	return all
}

// outsideBubbles says whether a stack is of a goroutine that an earlier test
// has left on its way out.
func outsideBubbles(stack string) bool {
	header, _, _ := strings.Cut(stack, "\n")
	return !strings.Contains(header, "synctest bubble")
}

// stacks returns those of all goroutines.
func stacks() iter.Seq[string] {
	buf := make([]byte, 64<<10)
	for {
		if n := runtime.Stack(buf, true); n < len(buf) {
			return strings.SplitSeq(string(buf[:n]), "\n\n")
		}
		buf = make([]byte, 2*len(buf))
	}
}
