package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine says where and on what a table was measured.
func machine(ctx context.Context, root string) string {
	return fmt.Sprintf("%s, %d cores, %s %s/%s, commit %s, %s, load %s",
		processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		commit(ctx, root), time.Now().Format(time.DateOnly), load())
}

func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// commit is short, and marked when the tree differs from it.
func commit(ctx context.Context, root string) string {
	hash, err := output(ctx, root, "git", "rev-parse", "--short", "HEAD")
	if err != nil {
		return "unknown"
	}
	if changes, err := output(ctx, root, "git", "status", "--porcelain"); err != nil || changes != "" {
		hash += " (with changes)"
	}
	return hash
}

// load is the average of the last minute: what else was going on.
func load() string {
	avg, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(avg), " ")
	return one
}

// output runs a command in dir and returns what it prints, trimmed.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("%s: %w", cmd, err)
	}
	return strings.TrimSpace(string(out)), nil
}
