// Command workers starts ten workers with a second of work each, counts them
// in a WaitGroup, and says so when all have finished.
//
//	go run ./examples/workers
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"example.com/skein"
)

func main() { workers(os.Stdout) }

// workers lets ten goroutines write to w at the same time, a line with each
// call of Write.
func workers(w io.Writer) {
	var wg skein.WaitGroup
	for n := range 10 {
		wg.Go(func() { work(w, n+1) })
	}
	wg.Wait()
	fmt.Fprintln(w, "All workers finished")
}

func work(w io.Writer, n int) {
	fmt.Fprintf(w, "Worker %d started\n", n)
	time.Sleep(time.Second)
	fmt.Fprintf(w, "Worker %d finished\n", n)
}
