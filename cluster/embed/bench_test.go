package embed_test

import (
	"testing"

	"example.com/skein/cluster/embed"
)

// BenchmarkJoined is a task that does nothing, run by a worker that has joined:
// in the owners' account, and in one of its own, which is a step more for each
// message.
func BenchmarkJoined(b *testing.B) {
	for _, who := range []string{"owner", "worker"} {
		b.Run("key="+who, func(b *testing.B) {
			c, keys := listen(b, embed.Fast())
			key := owner(b, keys)
			if who == "worker" {
				key = makeKey(b, keys, "w", "a")
			}
			w := enter(b, key)
			a.Handle(w, same)
			_, stop := work(b, w, 64)
			defer stop()
			warm := openRun(b, c, "warm") // the worker has found the queue
			if _, err := a.Submit(b.Context(), warm, 0); err != nil {
				b.Fatal(err)
			}
			if err := warm.Wait(b.Context()); err != nil {
				b.Fatal(err)
			}
			run := openRun(b, c, "r")
			b.ResetTimer()
			if n, err := a.SubmitAll(b.Context(), run, func(yield func(int) bool) {
				for i := 0; i < b.N && yield(i); i++ {
				}
			}); n != b.N || err != nil {
				b.Fatal(n, err)
			}
			if err := run.Wait(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
		})
	}
}
