package local_test

import (
	"context"
	"fmt"
	"testing"

	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/task"
)

// BenchmarkRun is the cost of a task whose program does nothing.
func BenchmarkRun(b *testing.B) {
	argv := []string{"true"}
	work := func(task.Spec, int) (task.Command, error) { return task.Command{Argv: argv}, nil }
	for _, o := range []local.Options{{Limit: 1}, {Limit: 8}, {Limit: 1, Tidy: true}, {Limit: 8, Tidy: true}} {
		b.Run(fmt.Sprintf("limit=%d/tidy=%t", o.Limit, o.Tidy), func(b *testing.B) {
			b.ReportAllocs()
			source := func(yield func(task.Spec, error) bool) {
				for i := range b.N {
					if !yield(task.Spec{Seq: i + 1}, nil) {
						return
					}
				}
			}
			done := 0
			for ev := range local.Run(context.Background(), source, work, o) {
				if ev.Outcome == task.Succeeded {
					done++
				}
			}
			if done != b.N {
				b.Fatalf("%d of %d succeeded", done, b.N)
			}
		})
	}
}
