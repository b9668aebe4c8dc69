// Command chaos prints the table of the faults, counted: make chaos. It takes up to 45
// minutes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"example.com/skein/cluster/internal/chaos"
)

func main() {
	chaos.Main()
	runs := flag.Int("runs", 10, "how often each fault is played")
	tasks := flag.Int("tasks", 5000, "tasks of a run")
	only := flag.String("only", "", "play only the faults of which the name has this in it")
	seed := flag.Uint64("seed", 0, "play each fault once, with this seed; 0: seeds of the clock")
	dir := flag.String("dir", os.TempDir(), "where the servers keep their files")
	flag.Parse()
	size := chaos.Size{Tasks: *tasks, Rate: 1250, Lease: 2 * time.Second, Task: 10 * time.Millisecond}
	ok := true
	var rows []chaos.Row
	for _, f := range chaos.Faults() {
		if !strings.Contains(f.Name, *only) {
			continue
		}
		row := chaos.Row{Fault: f, Bound: f.Bound(size)}
		for range *runs {
			s := *seed
			if s == 0 {
				s = uint64(time.Now().UnixNano())
			}
			began := time.Now()
			t, err := chaos.Run(context.Background(), *dir, f, size, s)
			row.Take(t, err)
			fmt.Printf("%s: seed %d, %.1f s: %+v %v\n", f.Name, s, time.Since(began).Seconds(), t, err)
			if *seed != 0 {
				break
			}
		}
		ok = ok && row.Ok()
		rows = append(rows, row)
	}
	fmt.Println()
	chaos.Table(os.Stdout, rows)
	if !ok {
		os.Exit(1)
	}
}
