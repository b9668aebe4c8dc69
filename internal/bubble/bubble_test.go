package bubble

import (
	"context"
	"testing"
	"time"

	"example.com/skein"
)

// What Run looks for is found, or it would check nothing.
func TestAGoroutineOfOursIsSeenWhileItRuns(t *testing.T) {
	Outside(t, "a worker", func(t *testing.T) {
		var g skein.Group
		end := make(chan struct{})
		g.Go(func(context.Context) error {
			<-end
			return nil
		})
		if n := len(ours()); n == 0 {
			t.Error("a worker is blocked, and no goroutine of ours was found")
		}
		close(end)
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
	Outside(t, "a goroutine of a WaitGroup", func(t *testing.T) {
		var wg skein.WaitGroup
		end := make(chan struct{})
		wg.Go(func() { <-end })
		if n := len(ours()); n != 1 {
			t.Errorf("found %d goroutines of ours, want 1", n)
		}
		close(end)
		wg.Wait()
	})
}

func TestRunUsesFakeTime(t *testing.T) {
	began := time.Now()
	Run(t, "an hour passes at once", func(t *testing.T) {
		start := time.Now()
		time.Sleep(time.Hour)
		if d := time.Since(start); d != time.Hour {
			t.Errorf("an hour took %v", d)
		}
	})
	if d := time.Since(began); d > time.Minute {
		t.Errorf("the fake hour took %v of real time", d)
	}
}
