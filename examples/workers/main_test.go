package main

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// It takes a second of real time, as the program does.
func Example_workers() {
	workers(os.Stdout)
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
	// Worker 1 finished
	// Worker 2 finished
	// Worker 3 finished
	// Worker 4 finished
	// Worker 5 finished
	// Worker 6 finished
	// Worker 7 finished
	// Worker 8 finished
	// Worker 9 finished
	// Worker 10 finished
	// All workers finished
}

func TestWorkers(t *testing.T) {
	t.Run("all start, all finish a second later, and then it is said", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var out lines
			start := time.Now()
			workers(&out)
			if d := time.Since(start); d != time.Second {
				t.Errorf("took %v, want 1s", d)
			}
			if n := len(out.all); n != 21 || out.all[20] != "All workers finished\n" {
				t.Fatalf("got %d lines, %q", n, out.all)
			}
			for n := 1; n <= 10; n++ {
				started := slices.Index(out.all, fmt.Sprintf("Worker %d started\n", n))
				finished := slices.Index(out.all, fmt.Sprintf("Worker %d finished\n", n))
				if started < 0 || started >= 10 || finished < 10 {
					t.Errorf("worker %d started in line %d and finished in line %d", n, started, finished)
				}
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
