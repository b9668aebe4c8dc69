// Command chaos prints the table of the faults, counted: make chaos. It takes up to 45
// minutes, and tells each run on standard error.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"example.com/skein/cluster/internal/chaos"
)

func main() {
	chaos.Main()
	runs := flag.Int("runs", 0, "how often each fault is played; 0: as often as makes a hundred in all")
	tasks := flag.Int("tasks", 5000, "tasks of a run")
	only := flag.String("only", "", "play only the faults that have this in their name")
	seed := flag.Uint64("seed", 0, "play each fault once, with the moments of this seed; 0: seeds of the clock")
	dir := flag.String("dir", os.TempDir(), "where the servers keep their files")
	flag.Parse()
	size := chaos.Size{Tasks: *tasks, Rate: 1250, Lease: 2 * time.Second, Task: 10 * time.Millisecond}
	ok := true
	var rows []chaos.Row
	for _, f := range chaos.Faults() {
		if !strings.Contains(f.Name, *only) {
			continue
		}
		row := play(f, size, *runs, *seed, *dir)
		ok = ok && row.Ok()
		rows = append(rows, row)
	}
	chaos.Table(os.Stdout, rows)
	fmt.Printf("\nlease %v, tasks of %v, %s/%s, %d cores, %s, %s\n", size.Lease, size.Task, runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), runtime.Version(), time.Now().Format(time.DateOnly))
	if !ok {
		os.Exit(1)
	}
}

// play plays a fault as often as it takes, and tells each run.
func play(f chaos.Fault, size chaos.Size, runs int, seed uint64, dir string) chaos.Row {
	row := chaos.Row{Fault: f, Bound: f.Bound(size), Skipped: f.Skip()}
	switch {
	case row.Skipped != "":
		runs = 0
	case seed != 0:
		runs = 1
	case runs == 0:
		runs = f.Runs()
	}
	for range runs {
		s := seed
		if s == 0 {
			s = uint64(time.Now().UnixNano())
		}
		began := time.Now()
		t, err := chaos.Run(context.Background(), dir, f, size, s)
		row.Take(t, err)
		fmt.Fprintf(os.Stderr, "%s: seed %d, %.1f s: %v\n", f.Name, s, time.Since(began).Seconds(), t)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return row
}
