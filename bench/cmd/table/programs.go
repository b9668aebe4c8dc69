package main

import (
	"context"
	_ "embed"
	"os"
	"path/filepath"
)

//go:embed programs/tiny.c
var tinySource string

// programs are what the runners are measured with, as paths.
type programs struct {
	tiny     string // says "ok", without libc
	megabyte string // prints a megabyte
	empty    string // a Go program that does nothing
	skein    string
}

const megabyte = 1 << 20

func buildPrograms(ctx context.Context, root, dir string) (*programs, error) {
	p := &programs{
		tiny:     filepath.Join(dir, "tiny"),
		megabyte: filepath.Join(dir, "megabyte"),
		empty:    filepath.Join(dir, "empty"),
		skein:    filepath.Join(dir, "skein"),
	}
	source := filepath.Join(dir, "tiny.c")
	if err := os.WriteFile(source, []byte(tinySource), 0o600); err != nil {
		return nil, err
	}
	for _, line := range [][]string{
		{"gcc", "-Os", "-static", "-nostdlib", "-fno-stack-protector", "-o", p.tiny, source},
		{"gcc", "-Os", "-static", "-nostdlib", "-fno-stack-protector", "-DMEGABYTE", "-o", p.megabyte, source},
		{"go", "build", "-o", p.empty, "example.com/skein/bench/cmd/empty"},
		{"go", "build", "-o", p.skein, "example.com/skein/cmd/skein"},
	} {
		if _, err := output(ctx, root, line[0], line[1:]...); err != nil {
			return nil, err
		}
	}
	return p, nil
}
