package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"example.com/skein"
	"github.com/alitto/pond/v2"
	"github.com/destel/rill"
	"github.com/sourcegraph/conc/iter"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

// body is what is done with an item: as a plain function, which is what the
// fastest code by hand calls, and as all others call it, with a context and an
// error.
type body struct {
	plain func(uint64) uint64
	f     func(context.Context, uint64) (uint64, error)
}

// mapped returns the results of the body in the order of the items.
type mapped func(in []uint64, b body) []uint64

var maps = []impl[mapped]{
	{"chunks", mapChunks},
	{"loop", mapLoop},
	{"conc", mapConc},
	{"pond", mapPond},
	{"errgroup", mapErrgroup},
	{"rill", mapRill},
	{"skein", mapSkein},
}

// visited does the body with every item and has no results.
type visited func(in []uint64, b body)

var visits = []impl[visited]{
	{"chunks", eachChunks},
	{"loop", eachLoop},
	{"conc", eachConc},
	{"pond", eachPond},
	{"errgroup", eachErrgroup},
	{"rill", eachRill},
	{"skein", eachSkein},
}

// chunks is the limit where all items cost the same: a piece per processor, by
// hand, and no context, no error.
func chunks(n int, part func(from, to int)) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		from, to := n*w/workers, n*(w+1)/workers
		wg.Go(func() { part(from, to) })
	}
	wg.Wait()
}

func mapChunks(in []uint64, b body) []uint64 {
	out := make([]uint64, len(in))
	chunks(len(in), func(from, to int) {
		f, in, out := b.plain, in[from:to], out[from:to]
		for i, v := range in {
			out[i] = f(v)
		}
	})
	return out
}

func mapLoop(in []uint64, b body) []uint64 {
	ctx := context.Background()
	out := make([]uint64, len(in))
	for i, v := range in {
		r, err := b.f(ctx, v)
		must(err)
		out[i] = r
	}
	return out
}

func mapConc(in []uint64, b body) []uint64 {
	ctx := context.Background()
	out, err := iter.MapErr(in, func(v *uint64) (uint64, error) { return b.f(ctx, *v) })
	must(err)
	return out
}

func mapPond(in []uint64, b body) []uint64 {
	ctx := context.Background()
	p := pond.NewResultPool[uint64](runtime.GOMAXPROCS(0))
	defer p.StopAndWait()
	g := p.NewGroup()
	for _, v := range in {
		g.SubmitErr(func() (uint64, error) { return b.f(ctx, v) })
	}
	out, err := g.Wait()
	must(err)
	return out
}

func mapErrgroup(in []uint64, b body) []uint64 {
	out := make([]uint64, len(in))
	g, ctx := errgroup.WithContext(context.Background())
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, v := range in {
		g.Go(func() error {
			r, err := b.f(ctx, v)
			out[i] = r
			return err
		})
	}
	must(g.Wait())
	return out
}

func mapRill(in []uint64, b body) []uint64 {
	ctx := context.Background()
	out, err := rill.ToSlice(rill.OrderedMap(rill.FromSlice(in, nil), runtime.GOMAXPROCS(0),
		func(v uint64) (uint64, error) { return b.f(ctx, v) }))
	must(err)
	return out
}

func mapSkein(in []uint64, b body) []uint64 {
	out, err := skein.Map(context.Background(), in, b.f)
	must(err)
	return out
}

func eachChunks(in []uint64, b body) {
	chunks(len(in), func(from, to int) {
		for _, v := range in[from:to] {
			b.plain(v)
		}
	})
}

func eachLoop(in []uint64, b body) {
	ctx := context.Background()
	for _, v := range in {
		_, err := b.f(ctx, v)
		must(err)
	}
}

func eachConc(in []uint64, b body) {
	p := concpool.New().WithErrors().WithContext(context.Background()).WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for _, v := range in {
		p.Go(func(ctx context.Context) error {
			_, err := b.f(ctx, v)
			return err
		})
	}
	must(p.Wait())
}

func eachPond(in []uint64, b body) {
	p := pond.NewPool(runtime.GOMAXPROCS(0))
	defer p.StopAndWait()
	g := p.NewGroup()
	for _, v := range in {
		g.SubmitErr(func() error {
			_, err := b.f(context.Background(), v)
			return err
		})
	}
	must(g.Wait())
}

func eachErrgroup(in []uint64, b body) {
	g, ctx := errgroup.WithContext(context.Background())
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, v := range in {
		g.Go(func() error {
			_, err := b.f(ctx, v)
			return err
		})
	}
	must(g.Wait())
}

func eachRill(in []uint64, b body) {
	ctx := context.Background()
	must(rill.ForEach(rill.FromSlice(in, nil), runtime.GOMAXPROCS(0), func(v uint64) error {
		_, err := b.f(ctx, v)
		return err
	}))
}

func eachSkein(in []uint64, b body) {
	must(skein.Each(context.Background(), in, func(ctx context.Context, v uint64) error {
		_, err := b.f(ctx, v)
		return err
	}))
}

// tiny does as little as a function can.
var tiny = body{
	plain: func(v uint64) uint64 { return 31*v + 1 },
	f:     func(_ context.Context, v uint64) (uint64, error) { return 31*v + 1, nil },
}

// spinning does what takes as many turns of the loop as turns says.
func spinning(turns func(v uint64) int) body {
	return body{
		plain: func(v uint64) uint64 { spin(turns(v)); return v },
		f:     func(_ context.Context, v uint64) (uint64, error) { spin(turns(v)); return v, nil },
	}
}

// lasting takes d for every item.
func lasting(nanoseconds int) body {
	n := microsecond() * nanoseconds / 1000
	return spinning(func(uint64) int { return n })
}

// skewed costs next to nothing for the first half of n items, and for the other
// half twice what the average is to be.
func skewed(n, nanoseconds int) body {
	dear := 2 * microsecond() * nanoseconds / 1000
	return spinning(func(v uint64) int {
		if v < uint64(n/2) {
			return 0
		}
		return dear
	})
}

func numbers(n int) []uint64 {
	in := make([]uint64, n)
	for i := range in {
		in[i] = uint64(i)
	}
	return in
}

// A million items, and so few that no helper is worth its start.
func BenchmarkMap(b *testing.B) {
	const million = 1_000_000
	for _, row := range []struct {
		items int
		name  string
		body  body
	}{
		{million, "1ns", tiny},
		{million, "100ns", lasting(100)},
		{million, "skewed", skewed(million, 80)},
		{100_000, "10µs", lasting(10_000)},
		{2, "100ns", lasting(100)},
		{100, "100ns", lasting(100)},
	} {
		in := numbers(row.items)
		b.Run(fmt.Sprintf("items=%d/body=%s", row.items, row.name), func(b *testing.B) {
			each(b, maps, row.items, func(run mapped) { run(in, row.body) })
		})
	}
}

func BenchmarkEach(b *testing.B) {
	const million = 1_000_000
	in := numbers(million)
	for _, row := range []struct {
		name string
		body body
	}{{"1ns", tiny}, {"100ns", lasting(100)}} {
		b.Run("items=1000000/body="+row.name, func(b *testing.B) {
			each(b, visits, million, func(run visited) { run(in, row.body) })
		})
	}
}

func TestAMapGivesTheResultsInOrder(t *testing.T) {
	for _, r := range maps {
		t.Run(r.name, func(t *testing.T) {
			for _, n := range []int{0, 1, 2, 10, 10_000} {
				in := numbers(n)
				if got, want := r.run(in, tiny), mapLoop(in, tiny); !slices.Equal(got, want) {
					t.Errorf("%d items: the results differ from a loop's", n)
				}
			}
		})
	}
}

func TestEachVisitsEveryItemOnce(t *testing.T) {
	for _, r := range visits {
		t.Run(r.name, func(t *testing.T) {
			const n = 10_000
			seen := make([]int32, n)
			visit := func(v uint64) uint64 { seen[v]++; return v }
			r.run(numbers(n), body{visit, func(_ context.Context, v uint64) (uint64, error) { return visit(v), nil }})
			for i, times := range seen {
				if times != 1 {
					t.Fatalf("item %d was visited %d times", i, times)
				}
			}
		})
	}
}
