package bench

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// skeinQueue is ours, with the server in this process.
type skeinQueue struct {
	b   testing.TB
	c   *cluster.Client
	run *cluster.Run // the one that takes tasks
	n   int          // how many runs there were
}

// skein opens one. What is acknowledged is on the disk, unless it is Fast.
func skein(opts ...embed.Option) func(testing.TB) queue {
	return func(b testing.TB) queue {
		c, err := embed.Open(b.Context(), b.TempDir(), opts...)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(c.Close)
		q := &skeinQueue{b: b, c: c}
		q.next()
		return q
	}
}

func (q *skeinQueue) next() {
	q.n++
	var err error
	if q.run, err = q.c.Run(context.Background(), fmt.Sprint("run-", q.n)); err != nil {
		q.b.Fatal(err)
	}
}

func (q *skeinQueue) work(f func()) {
	Nothing.Handle(q.c, func(context.Context, string) (int, error) {
		f()
		return 0, nil
	})
	ctx, stop := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() {
		if err := q.c.Work(ctx, concurrency); err != nil {
			q.b.Error(err)
		}
	})
	q.b.Cleanup(func() {
		stop()
		working.Wait()
	})
}

func (q *skeinQueue) submitAll(n int) error {
	_, err := Nothing.SubmitAll(context.Background(), q.run, Tasks(n))
	return err
}

func (q *skeinQueue) submit() error {
	_, err := Nothing.Submit(context.Background(), q.run, Args)
	return err
}

// wait ends the run, and opens the next one.
func (q *skeinQueue) wait() error {
	defer q.next()
	return q.run.Wait(context.Background())
}
