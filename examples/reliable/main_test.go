package main

import (
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// It takes a second of real time, as the program does.
func Example_reliable() {
	reliable(os.Stdout)
	// Unordered output:
	// Worker 1 started
	// Worker 2 started
	// Worker 3 started
	// Worker 4 started
	// Worker 5 started
	// Worker 6 started
	// Worker 7 started
	// Worker 8 started
	// Worker 9 started
	// Worker 10 started
	// Worker 1 finished: succeeded
	// Worker 2 finished: succeeded
	// Worker 3 finished: panicked
	// Worker 4 finished: succeeded
	// Worker 5 finished: goexit
	// Worker 6 finished: succeeded
	// Worker 7 finished: failed
	// Worker 8 finished: succeeded
	// Worker 9 finished: succeeded
	// Worker 10 finished: succeeded
	// All workers finished: 7 succeeded, 1 panicked, 1 called Goexit, 1 failed
	// Worker 3 panicked: out of ink
	// skein: worker called runtime.Goexit
	// out of paper
}

func TestReliable(t *testing.T) {
	t.Run("the account comes when all ten have ended, and says why", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var out lines
			start := time.Now()
			reliable(&out)
			if d := time.Since(start); d != time.Second {
				t.Errorf("took %v, want 1s", d)
			}
			want := []string{
				"All workers finished: 7 succeeded, 1 panicked, 1 called Goexit, 1 failed\n",
				"Worker 3 panicked: out of ink\n",
				"skein: worker called runtime.Goexit\nout of paper\n",
			}
			if len(out.all) != 23 || !slices.Equal(out.all[20:], want) {
				t.Errorf("got %d lines, the last %q", len(out.all), out.all[min(20, len(out.all)):])
			}
		})
	})
}

// lines keeps what is written, a line with each call.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(line))
	return len(line), nil
}
