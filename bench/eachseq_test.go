package bench

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"testing"

	"example.com/skein"
	"github.com/alitto/pond/v2"
	"github.com/destel/rill"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

// fed does the body with every item of a sequence whose length it does not know,
// and has no results.
type fed func(in iter.Seq[uint64], b body)

var feeds = []impl[fed]{
	{"loop", feedLoop},
	{"conc", feedConc},
	{"pond", feedPond},
	{"errgroup", feedErrgroup},
	{"rill", feedRill},
	{"skein", feedSkein},
}

func feedLoop(in iter.Seq[uint64], b body) {
	ctx := context.Background()
	for v := range in {
		_, err := b.f(ctx, v)
		must(err)
	}
}

func feedConc(in iter.Seq[uint64], b body) {
	p := concpool.New().WithErrors().WithContext(context.Background()).WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for v := range in {
		p.Go(func(ctx context.Context) error {
			_, err := b.f(ctx, v)
			return err
		})
	}
	must(p.Wait())
}

func feedPond(in iter.Seq[uint64], b body) {
	p := pond.NewPool(runtime.GOMAXPROCS(0), pond.WithQueueSize(runtime.GOMAXPROCS(0)))
	defer p.StopAndWait()
	g := p.NewGroup()
	for v := range in {
		g.SubmitErr(func() error {
			_, err := b.f(context.Background(), v)
			return err
		})
	}
	must(g.Wait())
}

func feedErrgroup(in iter.Seq[uint64], b body) {
	g, ctx := errgroup.WithContext(context.Background())
	g.SetLimit(runtime.GOMAXPROCS(0))
	for v := range in {
		g.Go(func() error {
			_, err := b.f(ctx, v)
			return err
		})
	}
	must(g.Wait())
}

func feedRill(in iter.Seq[uint64], b body) {
	ctx := context.Background()
	must(rill.ForEach(rill.FromSeq(in, nil), runtime.GOMAXPROCS(0), func(v uint64) error {
		_, err := b.f(ctx, v)
		return err
	}))
}

func feedSkein(in iter.Seq[uint64], b body) {
	must(skein.EachSeq(context.Background(), in, func(ctx context.Context, v uint64) error {
		_, err := b.f(ctx, v)
		return err
	}))
}

func BenchmarkEachSeq(b *testing.B) {
	for _, row := range []struct {
		items int
		name  string
		body  body
	}{
		{1_000_000, "1ns", tiny},
		{100_000, "100ns", lasting(100)},
		{100_000, "1µs", lasting(1000)},
		{10_000, "10µs", lasting(10_000)},
	} {
		in := slices.Values(numbers(row.items))
		b.Run(fmt.Sprintf("items=%d/body=%s", row.items, row.name), func(b *testing.B) {
			each(b, feeds, row.items, func(run fed) { run(in, row.body) })
		})
	}
}

func TestEachSeqVisitsEveryItemOnce(t *testing.T) {
	for _, r := range feeds {
		t.Run(r.name, func(t *testing.T) {
			const n = 10_000
			seen := make([]int32, n)
			visit := func(_ context.Context, v uint64) (uint64, error) { seen[v]++; return v, nil }
			r.run(slices.Values(numbers(n)), body{f: visit})
			for i, times := range seen {
				if times != 1 {
					t.Fatalf("item %d was visited %d times", i, times)
				}
			}
		})
	}
}
