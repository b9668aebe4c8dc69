package skein_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestHistory(t *testing.T) {
	bubble.Run(t, "it keeps who ended, when, after how long, and how", func(t *testing.T) {
		h := skein.KeepHistory(10)
		defer h.Close()
		start := time.Now()
		g := skein.New(t.Context(), skein.Name("thumbs"), skein.KeepGoing())
		g.GoNamed("cat.jpg", lasting(time.Second, nil))
		g.Go(lasting(2*time.Second, errors.New("no such\npicture")))
		g.Go(func(ctx context.Context) error { <-time.After(3 * time.Second); return quit(ctx) })
		g.Go(func(context.Context) error { <-time.After(4 * time.Second); panic("torn") })
		g.Go(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		id := only(t, g.Snapshot()).ID
		_ = panicOf(t, g.Wait)
		all, n := h.After(0)
		if n != 5 || len(all) != 5 {
			t.Fatalf("%d ends, %d kept", n, len(all))
		}
		for i, want := range []skein.Ended{
			{Worker: skein.Worker{Number: 1, Name: "cat.jpg", Age: time.Second}, Outcome: skein.Succeeded},
			{Worker: skein.Worker{Number: 2, Age: 2 * time.Second}, Outcome: skein.Failed, Err: "no such picture"},
			{Worker: skein.Worker{Number: 3, Age: 3 * time.Second}, Outcome: skein.Goexited, Err: skein.ErrGoexit.Error()},
			{Worker: skein.Worker{Number: 4, Age: 4 * time.Second}, Outcome: skein.Panicked, Err: "torn"},
			{Worker: skein.Worker{Number: 5, Age: 4 * time.Second}, Outcome: skein.Cancelled, Err: "context canceled"},
		} {
			got := all[i]
			if got.Func == "" || got.File == "" || got.Line == 0 {
				t.Errorf("%+v has no place", got)
			}
			want.Func, want.File, want.Line = got.Func, got.File, got.Line
			want.Group, want.GroupID, want.End = "thumbs", id, start.Add(want.Age)
			if got != want {
				t.Errorf("got\n%+v\nwant\n%+v", got, want)
			}
		}
	})
	bubble.Run(t, "it keeps the last n, and goes on where it was read last", func(t *testing.T) {
		h := skein.KeepHistory(3)
		defer h.Close()
		g := skein.New(t.Context(), skein.Limit(1))
		read := func(after uint64, want ...int64) (next uint64) {
			t.Helper()
			synctest.Wait()
			all, next := h.After(after)
			var got []int64
			for _, e := range all {
				got = append(got, e.Number)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("after %d: %v, want %v", after, got, want)
			}
			return next
		}
		g.Go(succeed)
		g.Go(succeed)
		next := read(0, 1, 2)
		g.Go(succeed)
		g.Go(succeed)
		read(0, 2, 3, 4)
		next = read(next, 3, 4)
		read(next)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "who was there before has an age that is not known", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(lasting(time.Minute, nil))
		synctest.Wait()
		h := skein.KeepHistory(3)
		wantErr(t, g.Wait(), nil)
		h.Close()
		if all, _ := h.After(0); len(all) != 1 || all[0].Age != 0 || !all[0].AtLeast {
			t.Errorf("got %+v", all)
		}
	})
	bubble.Run(t, "a closed one keeps no more, and the others do", func(t *testing.T) {
		a, b := skein.KeepHistory(3), skein.KeepHistory(3)
		a.Close()
		a.Close()
		g := skein.New(t.Context())
		g.Go(succeed)
		wantErr(t, g.Wait(), nil)
		b.Close()
		_, inA := a.After(0)
		_, inB := b.After(0)
		if inA != 0 || inB != 1 {
			t.Errorf("%d and %d ends", inA, inB)
		}
	})
	bubble.Outside(t, "workers may end and be read at the same time", func(t *testing.T) {
		h := skein.KeepHistory(100)
		defer h.Close()
		stop := make(chan struct{})
		var reader sync.WaitGroup
		reader.Go(func() {
			for n := uint64(0); ; {
				all, next := h.After(n)
				if uint64(len(all)) > next-n || next < n {
					t.Errorf("%d ends between %d and %d", len(all), n, next)
				}
				n = next
				select {
				case <-stop:
					return
				default:
				}
			}
		})
		for range 20 {
			g := skein.New(t.Context())
			for range 50 {
				g.Go(succeed)
			}
			wantErr(t, g.Wait(), nil)
		}
		close(stop)
		reader.Wait()
		if _, n := h.After(0); n < 1000 {
			t.Errorf("%d ends, want 1000", n)
		}
	})
	t.Run("a history of nothing panics", func(t *testing.T) {
		wantPanic(t, "skein: a history of no workers", func() { skein.KeepHistory(0) })
	})
	bubble.Run(t, "a long error is cut at a character, and so is a long name", func(t *testing.T) {
		h := skein.KeepHistory(2)
		defer h.Close()
		g := skein.New(t.Context())
		g.Go(fail(errors.New(strings.Repeat("é", 1000))))
		_ = g.Wait()
		named := skein.New(t.Context())
		named.GoNamed(strings.Repeat("n", 1<<20), succeed)
		wantErr(t, named.Wait(), nil)
		all, _ := h.After(0)
		if len(all[0].Err) > 210 || !strings.HasSuffix(all[0].Err, "é…") {
			t.Errorf("got %q", all[0].Err)
		}
		if n := len(all[1].Name); n > 210 {
			t.Errorf("a name of %d bytes is kept", n)
		}
	})
}
