package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/skein"
	"github.com/alitto/pond/v2"
	"golang.org/x/sync/errgroup"
)

// block starts n tasks and returns what waits for them.
type block func(n int, task func()) (wait func())

var blocks = []impl[block]{
	{"go", blockGo},
	{"errgroup", blockErrgroup},
	{"pond", blockPond},
	{"skein", blockSkein},
}

func blockGo(n int, task func()) func() {
	var wg sync.WaitGroup
	f := func() {
		defer wg.Done()
		task()
	}
	for range n {
		wg.Add(1)
		go f()
	}
	return wg.Wait
}

func blockErrgroup(n int, task func()) func() {
	var g errgroup.Group
	f := func() error {
		task()
		return nil
	}
	for range n {
		g.Go(f)
	}
	return func() { must(g.Wait()) }
}

func blockPond(n int, task func()) func() {
	p := pond.NewPool(0)
	for range n {
		must(p.Go(task))
	}
	return p.StopAndWait
}

func blockSkein(n int, task func()) func() {
	g := skein.New(context.Background())
	f := func(context.Context) error {
		task()
		return nil
	}
	for range n {
		g.Go(f)
	}
	return func() { must(g.Wait()) }
}

// Workers that all block: what each keeps resident. One measurement needs a
// process of its own and -benchtime=1x, or it counts what the last one left.
func BenchmarkBlocked(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("workers=%d", n), func(b *testing.B) {
			for _, r := range blocks {
				b.Run("impl="+r.name, func(b *testing.B) { resident(b, n, r.run) })
			}
		})
	}
}

func resident(b *testing.B, n int, run block) {
	for b.Loop() {
		before := settledRSS()
		begun := make(chan struct{})
		release := make(chan struct{})
		var missing atomic.Int64
		missing.Store(int64(n))
		wait := run(n, func() {
			if missing.Add(-1) == 0 {
				close(begun)
			}
			<-release
		})
		<-begun
		b.ReportMetric(float64(settledRSS()-before)/float64(n), "rss-B/worker")
		close(release)
		wait()
	}
}

// settledRSS is the resident size, in bytes, after what can be given back has
// been.
func settledRSS() int64 {
	runtime.GC()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
	kb, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
	must(err)
	return kb << 10
}
