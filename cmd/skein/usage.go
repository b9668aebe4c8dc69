package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

const exitUsage = 2

// fail tells what is wrong, in the program or in the subcommand of that name,
// and gives the exit status for it: 2, but for a COMMAND that cannot be run.
func fail(subcommand string, err error) int {
	prefix := "skein: "
	if subcommand != "" {
		prefix += subcommand + ": "
	}
	usage.Tell(os.Stderr, prefix, err)
	if word := (*task.NotRunnable)(nil); errors.As(err, &word) {
		return word.Status
	}
	return exitUsage
}

// unknownCommand guesses that who writes `skein gzip` or `skein -j 2 gzip`
// means run.
func unknownCommand(args []string) error {
	line := "skein run " + args[0] + " ..."
	if strings.HasPrefix(args[0], "-") {
		return usage.Errorf("flags come after the subcommand: "+line, "%s: no such flag of skein itself", args[0])
	}
	return usage.Errorf(line+" runs it over inputs; skein help says what there is", "%s: no such subcommand", args[0])
}

func version() string {
	v := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		v = info.Main.Version
	}
	return fmt.Sprintf("skein %s %s %s/%s", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// help prints the help of the program or of one subcommand.
func help(args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		fmt.Print(topUsage)
		return 0
	}
	text, ok := helpTexts[args[0]]
	if !ok {
		return fail("help", usage.Errorf("skein help lists what there is", "%s: no such subcommand", args[0]))
	}
	fmt.Print(text)
	return 0
}
