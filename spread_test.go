package skein_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// panicOfEach calls Each, and returns the panic that comes out of it.
func panicOfEach(t *testing.T, n int, f func(context.Context, int) error, opts ...skein.Option) *skein.PanicError {
	t.Helper()
	return panicOf(t, func() error { return skein.Each(t.Context(), upTo(n), f, opts...) })
}

func explode(i int) { panic(&fs.PathError{Op: "decode", Path: item(i), Err: fs.ErrInvalid}) }

func item(i int) string { return fmt.Sprintf("item %d", i) }

func TestPanicOfAnItem(t *testing.T) {
	ways := map[string][]skein.Option{
		"by default":     nil,
		"one at a time":  {skein.Limit(1)},
		"several":        {skein.Limit(3)},
		"all":            {skein.Limit(0)},
		"on workers":     {skein.Name("decoders")},
		"keep going":     {skein.KeepGoing(), skein.Limit(3)},
		"observed":       {skein.Observe(func(skein.Event) {})},
		"a cheap chunk":  nil,
		"kept, in order": {skein.KeepGoing(), skein.Limit(1)},
	}
	for name, opts := range ways {
		bothWays(t, "it comes out of the call, with the item's name and stack, "+name, func(t *testing.T) {
			p := panicOfEach(t, 50, func(_ context.Context, i int) error {
				if name != "a cheap chunk" {
					<-time.After(time.Second)
				}
				if i == 20 {
					explode(i)
				}
				return nil
			}, opts...)
			if p.Name != "item 20" || !errors.Is(p, fs.ErrInvalid) || !bytes.Contains(p.Stack, []byte("skein_test.explode")) || len(p.Others) != 0 || p.Err != nil {
				t.Errorf("got panic %v", p)
			}
		})
	}
	bothWays(t, "when all that runs has ended, and nothing starts any more", func(t *testing.T) {
		for _, opts := range [][]skein.Option{{skein.Limit(3)}, {skein.Limit(3), skein.KeepGoing()}} {
			start := time.Now()
			var ran atomic.Int64
			p := panicOfEach(t, 50, func(ctx context.Context, i int) error {
				if ran.Add(1); i == 1 {
					<-time.After(time.Second)
					panic("cat")
				}
				<-ctx.Done()
				<-time.After(time.Minute)
				return ctx.Err()
			}, opts...)
			if n, d := ran.Load(), time.Since(start); n != 3 || d != time.Minute+time.Second || p.Value != "cat" {
				t.Errorf("%d items started, took %v, panic %v", n, d, p.Value)
			}
		}
	})
	bothWays(t, "also where the others heed no context", func(t *testing.T) {
		for _, opts := range [][]skein.Option{{skein.Limit(3)}, {skein.Limit(3), skein.Name("decoders")}} {
			for bad := range 3 {
				var ran atomic.Int64
				p := panicOfEach(t, 50, func(_ context.Context, i int) error {
					if ran.Add(1); i == bad {
						<-time.After(time.Second)
						panic("cat")
					}
					<-time.After(time.Minute)
					return nil
				}, opts...)
				if n := ran.Load(); n != 3 || p.Value != "cat" {
					t.Errorf("%d items started, panic %v", n, p.Value)
				}
			}
		}
	})
	bothWays(t, "several", func(t *testing.T) {
		p := panicOfEach(t, 3, func(_ context.Context, i int) error {
			<-time.After(time.Duration(3-i) * time.Second)
			panic(i)
		}, skein.Limit(3))
		if p.Value != 2 || p.Name != "item 2" || len(p.Others) != 2 || p.Others[0].Value != 1 || p.Others[1].Value != 0 || p.Others[0].Name != "item 1" {
			t.Errorf("got panic %v and others %v", p.Value, p.Others)
		}
	})
	bothWays(t, "with the error that there would be without it", func(t *testing.T) {
		for _, policy := range [][]skein.Option{nil, {skein.KeepGoing()}} {
			p := panicOfEach(t, 2, func(_ context.Context, i int) error {
				<-time.After(time.Duration(i+1) * time.Second)
				if i == 0 {
					return errBoom
				}
				panic("cat")
			}, append(policy, skein.Limit(2))...)
			wantItem(t, p.Err, 0)
		}
	})
	bubble.Run(t, "it is the context's cause for the others", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		var causes [2]error
		p := panicOfEach(t, 3, func(ctx context.Context, i int) error {
			if i == 2 {
				<-time.After(time.Second)
				panic("cat")
			}
			<-ctx.Done()
			causes[i] = context.Cause(ctx)
			return ctx.Err()
		}, skein.Limit(3))
		for _, cause := range causes {
			if c, ok := cause.(*skein.PanicError); !ok || c.Value != p.Value {
				t.Errorf("the cause is %v", cause)
			}
		}
	})
	t.Run("with CrashOnPanic the program ends at once", func(t *testing.T) {
		wantCrash(t, func() {
			defer func() { _ = recover() }()
			_ = skein.Each(context.Background(), upTo(10), func(_ context.Context, i int) error {
				if i == 7 {
					explode(i)
				}
				return nil
			}, skein.CrashOnPanic())
		}, "decode item 7: invalid argument", "skein_test.explode")
	})
}

func TestGoexitOfAnItem(t *testing.T) {
	quitAt := func(items ...int) func(context.Context, int) error {
		return func(_ context.Context, i int) error {
			<-time.After(time.Second)
			if slices.Contains(items, i) {
				runtime.Goexit()
			}
			return nil
		}
	}
	for name, opts := range map[string][]skein.Option{
		"on a worker": {skein.Name("quitters")},
		"observed":    {skein.Observe(func(skein.Event) {})},
	} {
		bothWays(t, "it is an error, "+name, func(t *testing.T) {
			for _, limit := range []int{1, 2, 0} {
				err := skein.Each(t.Context(), upTo(10), quitAt(5), append(opts, skein.Limit(limit))...)
				item := wantItem(t, err, 5)
				wantErr(t, item.Err, skein.ErrGoexit)
			}
		})
		bothWays(t, "the others go on if they are to, "+name, func(t *testing.T) {
			for _, limit := range []int{1, 2, 0} {
				var ran atomic.Int64
				err := skein.Each(t.Context(), upTo(10), func(ctx context.Context, i int) error {
					ran.Add(1)
					return quitAt(2, 3, 9)(ctx, i)
				}, append(opts, skein.KeepGoing(), skein.Limit(limit))...)
				want := fmt.Sprintf("item 2: %v\nitem 3: %v\nitem 9: %v", skein.ErrGoexit, skein.ErrGoexit, skein.ErrGoexit)
				if err == nil || err.Error() != want || ran.Load() != 10 {
					t.Errorf("%d items ran, error %v", ran.Load(), err)
				}
			}
		})
		bothWays(t, "also if all of them do, "+name, func(t *testing.T) {
			for _, limit := range []int{1, 3, 0} {
				start := time.Now()
				err := skein.Each(t.Context(), upTo(30), func(context.Context, int) error {
					<-time.After(time.Second)
					runtime.Goexit()
					return nil
				}, append(opts, skein.KeepGoing(), skein.Limit(limit))...)
				want := 30 * time.Second
				if limit > 0 {
					want /= time.Duration(limit)
				} else {
					want = time.Second
				}
				if n, d := len(err.(interface{ Unwrap() []error }).Unwrap()), time.Since(start); n != 30 || d != want {
					t.Errorf("%d errors after %v", n, d)
				}
			}
		})
	}
	bothWays(t, "cheap chunks lose no item", func(t *testing.T) {
		var ran [1000]atomic.Int64
		err := skein.Each(t.Context(), upTo(1000), func(_ context.Context, i int) error {
			ran[i].Add(1)
			if i%10 == 0 {
				runtime.Goexit()
			}
			return nil
		}, skein.KeepGoing(), skein.Name("quitters"))
		errs := err.(interface{ Unwrap() []error }).Unwrap()
		for i, err := range errs {
			wantItem(t, err, 10*i)
		}
		for i := range ran {
			if n := ran[i].Load(); n != 1 {
				t.Errorf("item %d ran %d times", i, n)
			}
		}
		if len(errs) != 100 {
			t.Errorf("%d errors", len(errs))
		}
	})
	for name, opts := range map[string][]skein.Option{
		"by default":    nil,
		"one at a time": {skein.Limit(1)},
		"several":       {skein.Limit(4)},
		"keep going":    {skein.Limit(4), skein.KeepGoing()},
	} {
		bubble.Run(t, "on the calling goroutine it ends that, when the others have ended, "+name, func(t *testing.T) {
			defer skein.SetApart(skein.SetApart(false))
			var running, ended atomic.Int64
			var returned atomic.Bool
			gone := make(chan int64)
			go func() {
				me := goroutineID()
				defer func() { gone <- running.Load() }()
				_ = skein.Each(t.Context(), upTo(40), func(ctx context.Context, i int) error {
					if goroutineID() == me {
						<-time.After(time.Second)
						runtime.Goexit()
					}
					running.Add(1)
					defer running.Add(-1)
					<-ctx.Done()
					var item *skein.ItemError
					if !errors.As(context.Cause(ctx), &item) || item.Err != skein.ErrGoexit {
						t.Errorf("the cause is %v", context.Cause(ctx))
					}
					<-time.After(time.Minute)
					ended.Add(1)
					return nil
				}, opts...)
				returned.Store(true)
			}()
			if n := <-gone; n != 0 || returned.Load() {
				t.Errorf("%d items run on; Each has returned: %v", n, returned.Load())
			}
			if n := ended.Load(); n != 3 && len(opts) > 0 && name != "one at a time" {
				t.Errorf("%d others have ended", n)
			}
		})
	}
	bubble.Run(t, "a panic of another worker comes out even so", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		out := make(chan any)
		go func() {
			defer func() { out <- recover() }()
			me := goroutineID()
			_ = skein.Each(t.Context(), upTo(2), func(ctx context.Context, i int) error {
				if goroutineID() == me {
					runtime.Goexit()
				}
				<-ctx.Done()
				panic("cat")
			}, skein.Limit(2))
		}()
		if p, ok := (<-out).(*skein.PanicError); ok && p.Value != "cat" {
			t.Errorf("got panic %v", p)
		}
	})
}

func TestChunksFollowTheClock(t *testing.T) {
	for _, row := range []struct {
		items int
		took  time.Duration
		want  int
	}{
		{1, 0, 2},
		{100, 0, 200},
		{100, 5 * time.Microsecond, 200},
		{100, 8 * time.Microsecond, 125},
		{100, 10 * time.Microsecond, 100},
		{100, 40 * time.Microsecond, 25},
		{100, time.Second, 1},
		{1, time.Hour, 1},
		{1 << 30, time.Hour, 2},
	} {
		if got := skein.Paced(row.items, row.took); got != row.want {
			t.Errorf("%d items took %v: next are %d, want %d", row.items, row.took, got, row.want)
		}
	}
}

// fateOf is what an item does in a random run.
type fateOf struct {
	takes time.Duration
	err   error
	exits bool
}

// TestModelOfMap lets Map do what a plain loop does, with random sizes, times,
// failures, limits and options, and compares.
func TestModelOfMap(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for round := range 60 {
		seed := seed + uint64(round)
		bothWays(t, fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			plan := make([]fateOf, []int{r.IntN(5), r.IntN(50), r.IntN(1000)}[r.IntN(3)])
			for i := range plan {
				if r.IntN(4) == 0 {
					plan[i].takes = time.Duration(r.IntN(1000)) * time.Millisecond
				}
				switch r.IntN(100) {
				case 0:
					plan[i].err = errItem(i)
				case 1:
					plan[i].exits = seed%2 == 0
				}
			}
			carryOut(t, r, plan)
		})
	}
}

func carryOut(t *testing.T, r *rand.Rand, plan []fateOf) {
	var opts []skein.Option
	if r.IntN(2) == 0 || slices.ContainsFunc(plan, func(p fateOf) bool { return p.exits }) {
		opts = append(opts, skein.Name("model")) // no item on this goroutine, where a Goexit is no error
	}
	if r.IntN(4) > 0 {
		opts = append(opts, skein.Limit(r.IntN(10)))
	}
	if r.IntN(5) == 0 {
		opts = append(opts, skein.Observe(func(skein.Event) {}))
	}
	keep := r.IntN(2) == 0
	if keep {
		opts = append(opts, skein.KeepGoing())
	}
	ran := make([]atomic.Int64, len(plan))
	got, err := skein.Map(t.Context(), upTo(len(plan)), func(_ context.Context, i int) (int, error) {
		ran[i].Add(1)
		if plan[i].takes > 0 {
			<-time.After(plan[i].takes)
		}
		if plan[i].exits {
			runtime.Goexit()
		}
		return 2 * i, plan[i].err
	}, opts...)

	want := make([]int, len(plan))
	var errs []error // of a loop
	for i, p := range plan {
		switch {
		case p.exits:
			errs = append(errs, &skein.ItemError{Index: i, Err: skein.ErrGoexit})
		case p.err != nil:
			errs = append(errs, &skein.ItemError{Index: i, Err: p.err})
		default:
			want[i] = 2 * i
		}
	}
	for i := range ran {
		if n := ran[i].Load(); n > 1 || n == 0 && (keep || len(errs) == 0) {
			t.Errorf("item %d ran %d times", i, n)
		}
	}
	switch {
	case len(errs) == 0 || keep:
		if !slices.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(joined(errs)) {
			t.Errorf("got %v and error %v, want %v and %v", got, err, want, joined(errs))
		}
	default:
		failed, ok := err.(*skein.ItemError)
		if !ok || got != nil || !slices.ContainsFunc(errs, func(e error) bool { return *e.(*skein.ItemError) == *failed }) {
			t.Errorf("got %v and error %v, want one of %v", got, err, errs)
		}
	}
}

// joined is errors.Join, but for one error.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
