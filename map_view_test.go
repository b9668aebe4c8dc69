package skein_test

import (
	"context"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestMapShowsItsWorkers(t *testing.T) {
	bothWays(t, "in a snapshot, with the function and the place of the call", func(t *testing.T) {
		_, file, line, _ := runtime.Caller(0)
		_, err := skein.Map(t.Context(), upTo(9), lookAround, skein.Limit(3), skein.Name("lookers")) // line + 1
		wantErr(t, err, nil)
		s := seenByItem
		if s == nil || s.File != file || s.Line != line+1 || s.Running != 3 || len(s.Workers) != 3 || s.Queued != 0 && s.Queued != 6 {
			t.Fatalf("got %+v", s)
		}
		for _, w := range s.Workers {
			if w.Func != "example.com/skein_test.lookAround" || w.File != file || w.Line != line+1 {
				t.Errorf("got %+v", w)
			}
		}
		if seen("lookers") != nil {
			t.Error("the group is still known")
		}
	})
	bothWays(t, "when it is stuck", func(t *testing.T) {
		reports := make(chan skein.Report, 10) // nothing waits for who writes them
		_, _, line, _ := runtime.Caller(0)
		_, err := skein.Map(t.Context(), upTo(2), taking(time.Minute), skein.Limit(2), skein.StuckAfter(40*time.Second, func(r skein.Report) { reports <- r }))
		wantErr(t, err, nil)
		if r := <-reports; len(reports) != 0 || r.Line != line+1 || len(r.Group.Workers) != 2 {
			t.Errorf("reported %v, and %d more", r, len(reports))
		}
	})
	bothWays(t, "to an observer, each item is one", func(t *testing.T) {
		events := make([][]skein.Event, 11)
		_, err := skein.Map(t.Context(), upTo(10), failing(3), skein.KeepGoing(), skein.Name("doubles"),
			skein.Observe(func(e skein.Event) { events[e.Worker] = append(events[e.Worker], e) }))
		wantItem(t, err, 3)
		for i, told := range events[1:] {
			want := skein.Succeeded
			if i == 3 {
				want = skein.Failed
			}
			if len(told) != 2 || told[0].Outcome != "" || told[1].Outcome != want || told[1].Group != "doubles" {
				t.Errorf("of item %d was told %v", i, told)
			}
		}
		wantItem(t, events[4][1].Err, 3)
	})
	bothWays(t, "with the labels of its context", func(t *testing.T) {
		ctx := pprof.WithLabels(t.Context(), pprof.Labels("page", "pets"))
		_, err := skein.Map(ctx, upTo(4), func(ctx context.Context, i int) (int, error) {
			if got := goroutineLabels(t); got != `{"page":"pets"}` {
				t.Errorf("the labels are %s", got)
			}
			return i, nil
		}, skein.Name("doubles"))
		wantErr(t, err, nil)
	})
	bubble.Run(t, "so they are not the caller", func(t *testing.T) {
		defer skein.SetApart(skein.SetApart(false))
		me := goroutineID()
		for _, opt := range []skein.Option{skein.Name("doubles"), skein.StuckAfter(time.Hour, func(skein.Report) {}), skein.CrashOnPanic(), skein.Observe(func(skein.Event) {})} {
			_, err := skein.Map(t.Context(), upTo(100), func(_ context.Context, i int) (int, error) {
				if goroutineID() == me {
					t.Error("an item ran on the calling goroutine")
				}
				return i, nil
			}, opt)
			wantErr(t, err, nil)
		}
	})
}

var seenByItem *skein.GroupState

func lookAround(_ context.Context, i int) (int, error) {
	<-time.After(time.Second)
	if i == 0 {
		seenByItem = seen("lookers")
	}
	<-time.After(time.Second)
	return i, nil
}

func TestMapHeedsTheEnvironment(t *testing.T) {
	wantCalm(t, func() {
		t.Setenv("SKEIN_STUCK", "1h")
		defer skein.SetApart(skein.SetApart(false))
		me := goroutineID()
		_, _ = skein.Map(context.Background(), upTo(100), func(_ context.Context, i int) (int, error) {
			if goroutineID() == me {
				panic("an item ran on the calling goroutine")
			}
			return i, nil
		})
	})
}

// Of a call that takes little, nothing is left but its result.
func TestMapAllocatesLittle(t *testing.T) {
	defer skein.SetApart(skein.SetApart(false))
	in := upTo(2)
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() { _, _ = skein.Map(ctx, in, double) }); n > 4 {
		t.Errorf("%v allocations for two items, want 4 at most", n)
	}
}
