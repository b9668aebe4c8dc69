// Command skein-top is the screen of skein top, which starts it with the ids
// of the runs to show. By itself it is of no use.
package main

import (
	"fmt"
	"os"

	"example.com/skein/cmd/internal/top"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "skein-top: no run\nhint: skein top finds the runs and starts this")
		os.Exit(2)
	}
	if err := top.Show(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "skein-top: %v\n", err)
		os.Exit(1)
	}
}
