// Command skein-top is the screen and the page of skein top, which starts it
// with the ids of the runs to show. By itself it is of no use.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"example.com/skein/cmd/internal/report"
	"example.com/skein/cmd/internal/top"
	"example.com/skein/cmd/internal/usage"
	"example.com/skein/cmd/internal/web"
)

const help = `usage: skein-top [--web ADDR] ID...

The screen of skein top, or the page of skein top --web, which find the runs and
start this. Nobody has to call it: see skein top --help.
`

func main() {
	err := show(os.Args[1:])
	if err == nil {
		return
	}
	usage.Tell(os.Stderr, "skein: top: ", err)
	if wrong := (*usage.Error)(nil); errors.As(err, &wrong) {
		os.Exit(2)
	}
	os.Exit(1)
}

// show shows the screen, or with --web ADDRESS before the ids the page.
func show(args []string) error {
	const hint = "skein top finds the runs and starts this"
	switch {
	case len(args) == 0:
		return usage.Errorf(hint, "skein-top: no run")
	case args[0] == "--help" || args[0] == "-h":
		fmt.Print(help)
		return nil
	case args[0] == "--web" && len(args) > 1:
		return web.Serve(args[1], args[2:], os.Stdout)
	case strings.HasPrefix(args[0], "-"):
		return usage.Errorf(hint, "skein-top %s: not so", args[0])
	}
	if err := checkTerminal(); err != nil {
		return err
	}
	return top.Show(args)
}

// checkTerminal refuses to draw where nobody sees it, or can press a key. If
// standard input is no terminal, keys come from the one that we are started
// from.
func checkTerminal() error {
	const hint = "skein top --json prints how the run stands, for programs; skein top --web serves a page"
	if !report.CanLive(os.Stdout) {
		return usage.Errorf(hint, "standard output is no terminal to draw on")
	}
	if report.CanLive(os.Stdin) {
		return nil
	}
	keys, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return usage.Errorf(hint, "there is no terminal to take keys from")
	}
	return keys.Close()
}
