package skein_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"example.com/skein"
)

// Before, with golang.org/x/sync/errgroup, a file per task, ten at a time:
//
//	g, ctx := errgroup.WithContext(ctx)
//	g.SetLimit(10)
//	for _, name := range names {
//		f, err := os.Open(name)
//		if err != nil {
//			return 0, err // and who waits for g?
//		}
//		g.Go(func() error {
//			defer f.Close()
//			n, err := countLines(ctx, f)
//			lines.Add(n)
//			return err
//		})
//	}
//	err := g.Wait()
//
// After, linesOfFiles. What bites:
//
//   - Go does not block while ten run: the file is opened in the task, or all
//     would be open at once. Where something has to be made before, as in
//     linesOfTexts, Backlog(0) lets Go block as errgroup's does.
//   - A task that Go has taken may still be skipped, if another fails before it
//     starts: what was opened for it would stay open.
//   - The context is the task's argument. The ctx outside is not cancelled by a
//     failure: a task that is given the wrong one does not stop.
//   - No task starts after the first failure; errgroup starts all of them.
//   - Wait returns an error too if ctx was cancelled and no task noticed.
//   - A panic does not crash the program at once: it stops the others and comes
//     out of Run. A runtime.Goexit is ErrGoexit, not success.
//   - SetLimit(0) means no limit; errgroup's then blocks every Go, and a
//     negative one, which there means no limit, panics here.
func linesOfFiles(ctx context.Context, names []string) (int64, error) {
	var lines atomic.Int64
	err := skein.Run(ctx, func(g *skein.Group) error {
		for _, name := range names {
			g.Go(func(ctx context.Context) error {
				f, err := os.Open(name)
				if err != nil {
					return err
				}
				defer f.Close()
				n, err := countLines(ctx, f)
				lines.Add(n)
				return err
			})
		}
		return nil
	}, skein.Limit(10))
	return lines.Load(), err
}

// linesOfTexts reads in one place, which is quicker from some disks, and has at
// most eleven texts in memory.
func linesOfTexts(ctx context.Context, names []string) (int64, error) {
	var lines atomic.Int64
	err := skein.Run(ctx, func(g *skein.Group) error {
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return err // Run waits for those that run
			}
			started := g.Go(func(ctx context.Context) error {
				n, err := countLines(ctx, bytes.NewReader(text))
				lines.Add(n)
				return err
			})
			if !started {
				break // a task has failed: Run tells its error
			}
		}
		return nil
	}, skein.Limit(10), skein.Backlog(0))
	return lines.Load(), err
}

func countLines(ctx context.Context, r io.Reader) (n int64, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() && ctx.Err() == nil {
		n++
	}
	return n, lines.Err()
}

// writeFiles makes files of three lines in a directory of its own.
func writeFiles(n int) (dir string, names []string, err error) {
	if dir, err = os.MkdirTemp("", "skein"); err != nil {
		return "", nil, err
	}
	for i := range n {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, []byte("cat\ndog\neel\n"), 0o600); err != nil {
			return dir, nil, err
		}
		names = append(names, name)
	}
	return dir, names, nil
}

// Coming from errgroup: open the file in the task, or say Backlog(0).
func Example_migrateErrgroup() {
	ctx := context.Background()
	dir, names, err := writeFiles(100)
	defer os.RemoveAll(dir)
	fmt.Println(len(names), "files:", err)
	fmt.Println(linesOfFiles(ctx, names))
	fmt.Println(linesOfTexts(ctx, names))
	// Output:
	// 100 files: <nil>
	// 300 <nil>
	// 300 <nil>
}
