// Command skein-top is the screen and the page of skein top, which starts it
// with the ids of the runs to show. By itself it is of no use.
package main

import (
	"errors"
	"fmt"
	"os"

	"example.com/skein/cmd/internal/top"
	"example.com/skein/cmd/internal/usage"
	"example.com/skein/cmd/internal/web"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "skein-top: no run\nhint: skein top finds the runs and starts this")
		os.Exit(2)
	}
	if err := show(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "skein: top: %v\n", err)
		var wrong *usage.Error
		if errors.As(err, &wrong) {
			fmt.Fprintf(os.Stderr, "hint: %s\n", wrong.Hint)
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// show shows the screen, or with --web ADDRESS before the ids the page.
func show(args []string) error {
	if len(args) >= 2 && args[0] == "--web" {
		return web.Serve(args[1], args[2:], os.Stdout)
	}
	return top.Show(args)
}
