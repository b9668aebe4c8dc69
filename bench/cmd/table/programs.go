package main

import (
	"context"
	"embed"
	"os"
	"path/filepath"
)

//go:embed programs
var sources embed.FS

// programs are what the runners are measured with, as paths.
type programs struct {
	tiny     string // says "ok", without libc
	megabyte string // prints a megabyte
	empty    string // a Go program that does nothing
	vfork    string // the least that running them can cost
	skein    string
}

const megabyte = 1 << 20

func buildPrograms(ctx context.Context, root, dir string) (*programs, error) {
	p := &programs{
		tiny:     filepath.Join(dir, "tiny"),
		megabyte: filepath.Join(dir, "megabyte"),
		empty:    filepath.Join(dir, "empty"),
		vfork:    filepath.Join(dir, "vfork"),
		skein:    filepath.Join(dir, "skein"),
	}
	if err := os.CopyFS(dir, sources); err != nil {
		return nil, err
	}
	source := filepath.Join(dir, "programs", "tiny.c")
	for _, line := range [][]string{
		{"gcc", "-Os", "-static", "-nostdlib", "-fno-stack-protector", "-o", p.tiny, source},
		{"gcc", "-Os", "-static", "-nostdlib", "-fno-stack-protector", "-DMEGABYTE", "-o", p.megabyte, source},
		{"gcc", "-O2", "-pthread", "-o", p.vfork, filepath.Join(dir, "programs", "vfork.c")},
		{"go", "build", "-o", p.empty, "example.com/skein/bench/cmd/empty"},
		// As the README installs it.
		{"env", "CGO_ENABLED=0", "go", "build", "-o", p.skein, "example.com/skein/cmd/skein"},
	} {
		if _, err := output(ctx, root, line[0], line[1:]...); err != nil {
			return nil, err
		}
	}
	return p, nil
}
