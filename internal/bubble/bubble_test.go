package bubble

import (
	"strings"
	"testing"
	"time"
)

func TestRunUsesFakeTime(t *testing.T) {
	began := time.Now()
	Run(t, "an hour passes at once", func(t *testing.T) {
		start := time.Now()
		time.Sleep(time.Hour) // of fake time
		if d := time.Since(start); d != time.Hour {
			t.Errorf("an hour took %v", d)
		}
	})
	if d := time.Since(began); d > time.Minute {
		t.Errorf("the fake hour took %v of real time", d)
	}
}

func TestOutsideUsesTheRealClock(t *testing.T) {
	Outside(t, "a millisecond takes its time", func(t *testing.T) {
		start := time.Now()
		<-time.After(time.Millisecond)
		if d := time.Since(start); d <= time.Millisecond/2 {
			t.Errorf("a millisecond took %v", d)
		}
	})
}

func TestADumpHoldsEveryGoroutine(t *testing.T) {
	const many = 1000
	end := make(chan struct{})
	defer close(end)
	for range many {
		go func() { <-end }()
	}
	blocked := 0
	for stack := range stacks() {
		if strings.Contains(stack, "TestADumpHoldsEveryGoroutine.func") {
			blocked++
		}
	}
	if blocked < many {
		t.Errorf("found %d goroutines, want %d", blocked, many)
	}
}
