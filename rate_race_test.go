//go:build race

package skein_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"example.com/skein"
)

func init() {
	plants = append(plants, []plant{
		{"tasks of two child groups, with names", true, func() {
			var x int
			var ended unseen
			var g skein.Group
			child := func() error {
				c := g.Group()
				c.GoNamed("cat.jpg", func(context.Context) error { x++; return nil })
				return c.Wait()
			}
			g.Go(func(context.Context) error { defer ended.raise(); return child() })
			g.Go(func(context.Context) error { ended.await(); return child() })
			_ = g.Wait()
		}},
		{"a group with a rate in another group", false, func() {
			x := 0
			var g skein.Group
			c := g.Group(skein.Rate(100, time.Second, 1), skein.Limit(1))
			for range 4 {
				c.Go(func(context.Context) error { x++; return nil })
			}
			_ = g.Wait()
			x++
		}},
	}...)
}

// paced is a program, for a test binary did not crash where it did.
const paced = `package main

import (
	"context"
	"time"

	"example.com/skein"
)

func main() {
	g := skein.New(context.Background(), skein.Rate(100, time.Second, 1))
	for range 4 {
		g.Go(func(context.Context) error { return nil })
	}
	if err := g.Wait(); err != nil {
		panic(err)
	}
}
`

func TestAProgramWithARate(t *testing.T) {
	dir := t.TempDir()
	file, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "paced")
	if err := os.WriteFile(file, []byte(paced), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-race", "-o", program, file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(program).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
