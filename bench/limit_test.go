package bench

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"example.com/skein"
	"github.com/alitto/pond/v2"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

// limited runs task n times, at most limit at once, and waits for all. The
// function is made once, as in spawn.
type limited func(n, limit int, task func())

var limits = []impl[limited]{
	{"go", limitGo},
	{"errgroup", limitErrgroup},
	{"conc", limitConc},
	{"ants", limitAnts},
	{"workerpool", limitWorkerpool},
	{"pond", limitPond},
	{"skein", limitSkein},
}

// limitGo is what one writes by hand: workers over a channel.
func limitGo(n, limit int, task func()) {
	var wg sync.WaitGroup
	tasks := make(chan func(), 128)
	for range limit {
		wg.Go(func() {
			for f := range tasks {
				f()
			}
		})
	}
	for range n {
		tasks <- task
	}
	close(tasks)
	wg.Wait()
}

func limitErrgroup(n, limit int, task func()) {
	var g errgroup.Group
	g.SetLimit(limit)
	f := func() error {
		task()
		return nil
	}
	for range n {
		g.Go(f)
	}
	must(g.Wait())
}

func limitConc(n, limit int, task func()) {
	p := concpool.New().WithMaxGoroutines(limit)
	for range n {
		p.Go(task)
	}
	p.Wait()
}

func limitAnts(n, limit int, task func()) {
	p, err := ants.NewPool(limit)
	must(err)
	defer p.Release()
	var wg sync.WaitGroup
	f := func() {
		defer wg.Done()
		task()
	}
	for range n {
		wg.Add(1)
		must(p.Submit(f))
	}
	wg.Wait()
}

func limitWorkerpool(n, limit int, task func()) {
	p := workerpool.New(limit)
	for range n {
		p.Submit(task)
	}
	p.StopWait()
}

func limitPond(n, limit int, task func()) {
	p := pond.NewPool(limit)
	for range n {
		must(p.Go(task))
	}
	p.StopAndWait()
}

func limitSkein(n, limit int, task func()) {
	g := skein.New(context.Background(), skein.Limit(limit))
	f := func(context.Context) error {
		task()
		return nil
	}
	for range n {
		g.Go(f)
	}
	must(g.Wait())
}

// A group of a thousand tasks, few of which may run at once.
func BenchmarkLimit(b *testing.B) {
	const tasks = 1000
	for _, limit := range []int{2, 10} {
		b.Run(fmt.Sprintf("limit=%d/tasks=%d", limit, tasks), func(b *testing.B) {
			each(b, limits, tasks, func(run limited) { run(tasks, limit, nothing) })
		})
	}
}
