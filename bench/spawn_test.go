package bench

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"

	"example.com/skein"
	"github.com/alitto/pond/v2"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	"github.com/sourcegraph/conc"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

// spawn runs task n times in a group without a limit and waits for all. The
// function that a rival is given is made once, not per task: what a closure
// costs is the caller's affair and the same for all.
type spawn func(n int, task func())

var spawns = []impl[spawn]{
	{"go", spawnGo},
	{"wggo", spawnWaitGroupGo},
	{"errgroup", spawnErrgroup},
	{"conc", spawnConc},
	{"concpool", spawnConcPool},
	{"pond", spawnPond},
	{"ants", spawnAnts()},
	{"workerpool", spawnWorkerpool},
	{"skein", spawnSkein},
}

func spawnGo(n int, task func()) {
	var wg sync.WaitGroup
	f := func() {
		defer wg.Done()
		task()
	}
	for range n {
		wg.Add(1)
		go f()
	}
	wg.Wait()
}

func spawnWaitGroupGo(n int, task func()) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(task)
	}
	wg.Wait()
}

func spawnErrgroup(n int, task func()) {
	var g errgroup.Group
	f := func() error {
		task()
		return nil
	}
	for range n {
		g.Go(f)
	}
	must(g.Wait())
}

func spawnConc(n int, task func()) {
	var wg conc.WaitGroup
	for range n {
		wg.Go(task)
	}
	wg.Wait()
}

func spawnConcPool(n int, task func()) {
	p := concpool.New()
	for range n {
		p.Go(task)
	}
	p.Wait()
}

func spawnPond(n int, task func()) {
	p := pond.NewPool(0)
	for range n {
		must(p.Go(task))
	}
	p.StopAndWait()
}

// spawnAnts keeps one pool for all groups, as ants is meant to be used: a pool
// of its own per group would start two more goroutines each time. The pool is
// made when first used: ants' goroutines must not be there for the others.
func spawnAnts() spawn {
	pool := sync.OnceValue(func() *ants.Pool {
		p, err := ants.NewPool(-1)
		must(err)
		return p
	})
	return func(n int, task func()) {
		var wg sync.WaitGroup
		f := func() {
			defer wg.Done()
			task()
		}
		p := pool()
		for range n {
			wg.Add(1)
			must(p.Submit(f))
		}
		wg.Wait()
	}
}

func spawnWorkerpool(n int, task func()) {
	p := workerpool.New(math.MaxInt)
	for range n {
		p.Submit(task)
	}
	p.StopWait()
}

func spawnSkein(n int, task func()) {
	g := skein.New(context.Background())
	f := func(context.Context) error {
		task()
		return nil
	}
	for range n {
		g.Go(f)
	}
	must(g.Wait())
}

//go:noinline
func nothing() {}

// Spawn and wait, with tasks that do nothing.
func BenchmarkSpawn(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("tasks=%d", n), func(b *testing.B) {
			each(b, spawns, n, func(run spawn) { run(n, nothing) })
		})
	}
}
