// Command hello lets a goroutine and main speak, and waits for the goroutine
// instead of sleeping until it has probably spoken.
//
//	go run ./examples/hello
package main

import (
	"fmt"
	"io"
	"os"

	"example.com/skein"
)

func main() { hello(os.Stdout) }

// hello writes the goroutine's greeting before main's: Wait comes between.
func hello(w io.Writer) {
	var wg skein.WaitGroup
	wg.Go(func() { fmt.Fprintln(w, "Hello from a goroutine") })
	wg.Wait()
	fmt.Fprintln(w, "Hello from main")
}
