package skein_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// A harness that never complains would be no check. It stands here because
// nothing below the library may import the library.
func TestAGoroutineThatIsLeftFailsItsTest(t *testing.T) {
	status, output := inProcess(t, func() {
		bubble.Run(t, "a leak", func(t *testing.T) {
			var g skein.Group
			end := make(chan struct{})
			t.Cleanup(func() { close(end) }) // only now: the bubble ends with it
			g.Go(func(context.Context) error {
				<-end
				return nil
			})
		})
		if t.Failed() {
			os.Exit(7)
		}
	})
	if status != 7 || strings.Contains(output, arrived) {
		t.Errorf("status %d, want 7\n%s", status, output)
	}
}

func TestWhatTheHarnessCounts(t *testing.T) {
	bubble.Run(t, "workers and goroutines of a WaitGroup", func(t *testing.T) {
		var g skein.Group
		var wg skein.WaitGroup
		end := make(chan struct{})
		for range 3 {
			g.Go(until(end))
			wg.Go(func() { <-end })
		}
		giveUp(t, &g)
		if n := bubble.Ours(); n != 6 {
			t.Errorf("%d goroutines of ours, want 6", n)
		}
		close(end)
		wg.Wait()
		wantErr(t, g.Wait(), nil)
	})
}
