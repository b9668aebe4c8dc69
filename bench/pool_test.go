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

// pooled calls task with 0 to n-1, at most workers at once, through a closure
// for each: what a program does whose tasks differ.
type pooled func(n, workers int, task func(i int))

var pools = []impl[pooled]{
	{"go", poolGo},
	{"errgroup", poolErrgroup},
	{"conc", poolConc},
	{"ants", poolAnts},
	{"workerpool", poolWorkerpool},
	{"pond", poolPond},
	{"skein", poolSkein},
}

func poolGo(n, workers int, task func(int)) {
	var wg sync.WaitGroup
	tasks := make(chan func(), 128)
	for range workers {
		wg.Go(func() {
			for f := range tasks {
				f()
			}
		})
	}
	for i := range n {
		tasks <- func() { task(i) }
	}
	close(tasks)
	wg.Wait()
}

func poolErrgroup(n, workers int, task func(int)) {
	var g errgroup.Group
	g.SetLimit(workers)
	for i := range n {
		g.Go(func() error {
			task(i)
			return nil
		})
	}
	must(g.Wait())
}

func poolConc(n, workers int, task func(int)) {
	p := concpool.New().WithMaxGoroutines(workers)
	for i := range n {
		p.Go(func() { task(i) })
	}
	p.Wait()
}

func poolAnts(n, workers int, task func(int)) {
	p, err := ants.NewPool(workers)
	must(err)
	defer p.Release()
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		must(p.Submit(func() {
			defer wg.Done()
			task(i)
		}))
	}
	wg.Wait()
}

func poolWorkerpool(n, workers int, task func(int)) {
	p := workerpool.New(workers)
	for i := range n {
		p.Submit(func() { task(i) })
	}
	p.StopWait()
}

func poolPond(n, workers int, task func(int)) {
	p := pond.NewPool(workers)
	for i := range n {
		must(p.Go(func() { task(i) }))
	}
	p.StopAndWait()
}

func poolSkein(n, workers int, task func(int)) {
	g := skein.New(context.Background(), skein.Limit(workers))
	for i := range n {
		g.Go(func(context.Context) error {
			task(i)
			return nil
		})
	}
	must(g.Wait())
}

//go:noinline
func number(int) {}

// A pool that is given a million tasks: the same function each time
// (closure=no), or a closure for each.
func BenchmarkPool(b *testing.B) {
	const tasks = 1_000_000
	for _, workers := range []int{2, 64} {
		b.Run(fmt.Sprintf("workers=%d/closure=no", workers), func(b *testing.B) {
			each(b, limits, tasks, func(run limited) { run(tasks, workers, nothing) })
		})
		b.Run(fmt.Sprintf("workers=%d/closure=yes", workers), func(b *testing.B) {
			each(b, pools, tasks, func(run pooled) { run(tasks, workers, number) })
		})
	}
}
