package journal

import (
	"fmt"
	"iter"
	"testing"

	"example.com/skein/cmd/internal/task"
)

// BenchmarkJob is what a journal costs a job: its input read ahead and given
// out, its two records, and that its output is out. The bound is 10 µs.
func BenchmarkJob(b *testing.B) {
	l := open(b, b.TempDir())
	next, stop := iter.Pull2(l.Remaining(func(yield func(task.Spec, error) bool) {
		for n := 1; yield(task.Spec{Seq: n, Input: fmt.Sprint("some/directory/file-", n, ".txt")}, nil); n++ {
		}
	}))
	b.ReportAllocs()
	for b.Loop() {
		s, _, _ := next()
		l.Append(begin(s))
		ev := end(s, task.Succeeded)
		ev.StdoutBytes = 1
		l.Append(ev)
		l.Written(s.Seq, s.Seq)
	}
	stop()
	l.Close(0)
}

func BenchmarkAppend(b *testing.B) {
	l := open(b, b.TempDir())
	defer l.Close(0)
	ev := end(task.Spec{Seq: 7, Input: "x"}, task.Succeeded)
	b.ReportAllocs()
	for b.Loop() {
		l.Append(ev)
	}
}
