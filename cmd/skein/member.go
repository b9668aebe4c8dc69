package main

import (
	"fmt"
	"os"
	"slices"
	"syscall"
)

// becomeMember becomes skein-cluster, which is skein serve, worker, tasks and doctor.
func becomeMember(args []string) int {
	if i := slices.IndexFunc(args, func(a string) bool { return a == "--help" || a == "-h" }); i >= 0 {
		return help(args[:1]) // without the other program too
	}
	path, err := sibling("skein-cluster")
	if err != nil {
		return fail(args[0], err)
	}
	err = syscall.Exec(path, append([]string{"skein-cluster"}, args...), os.Environ())
	return fail(args[0], fmt.Errorf("%s: %w", path, err))
}
