package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// runPackages are Debian's, by the command that we need of them. GNU parallel's
// package moves the parallel of moreutils aside.
var runPackages = map[string]string{
	"gcc":                "gcc",
	"xargs":              "findutils",
	"parallel":           "parallel",
	"parallel.moreutils": "moreutils",
}

// install gets what is missing, where that is possible: as root on a Debian.
// What cannot be had is left out of the table, so an error is only told.
func install(ctx context.Context, packages map[string]string) (notices []string) {
	var wanted []string
	for command, pkg := range packages {
		if _, err := exec.LookPath(command); err != nil {
			wanted = append(wanted, pkg)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return []string{"not installed, so left out: " + strings.Join(wanted, ", ")}
	}
	for _, args := range [][]string{{"update"}, append([]string{"install", "-y", "--no-install-recommends"}, wanted...)} {
		if err := aptGet(ctx, args...); err != nil {
			return []string{fmt.Sprintf("install %s: %v", strings.Join(wanted, ", "), err)}
		}
	}
	return nil
}

func aptGet(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-q"}, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}
