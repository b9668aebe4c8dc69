package main

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"os"

	"example.com/skein/cmd/internal/task"
)

// dryRun prints the line of each command in the order of the inputs. The slot
// is one that the task could have.
func dryRun(w io.Writer, specs iter.Seq2[task.Spec, error], work task.Work, jobs int) int {
	out := bufio.NewWriterSize(w, 64<<10)
	exit := 0
	for s, err := range specs {
		if err != nil {
			exit = fail("run", err)
			break
		}
		slot := s.Seq
		if jobs > 0 {
			slot = (s.Seq-1)%jobs + 1
		}
		c, err := work(s, slot)
		if err != nil {
			fmt.Fprintf(os.Stderr, "skein: run: task %d: %v\n", s.Seq, err)
			exit = 1
			continue
		}
		out.WriteString(c.Line)
		if out.WriteByte('\n') != nil {
			break // Flush says why
		}
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintf(os.Stderr, "skein: run: %v\n", err)
		return 4
	}
	return exit
}
