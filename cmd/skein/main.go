// Command skein runs commands over inputs and accounts for each.
//
// Its help text is its documentation: skein help.
package main

import (
	"fmt"
	"io"
	"os"

	"example.com/skein/cmd/internal/local"
)

func main() { os.Exit(skein(os.Args[1:])) }

// skein is the program but for the exit: it takes the arguments and gives the
// exit status.
func skein(args []string) int {
	if len(args) == 0 {
		io.WriteString(os.Stderr, topUsage)
		return exitUsage
	}
	switch args[0] {
	case "run":
		return run(args[1:])
	case "resume":
		return resume(args[1:])
	case "runs":
		return runs(args[1:])
	case "show":
		return show(args[1:])
	case "trace":
		return trace(args[1:])
	case "top":
		return top(args[1:])
	case "serve", "worker", "tasks", "web", "doctor":
		return becomeMember(args)
	case "completion":
		return completion(args[1:])
	case "man":
		return man(args[1:])
	case local.GuardedWord:
		if len(args) > 2 && local.Guarded(args[1]) {
			return skein(args[2:])
		}
	case "version", "--version":
		fmt.Println(version())
		return 0
	case "help", "--help", "-h":
		return help(args[1:])
	}
	return fail("", unknownCommand(args))
}
