package skein_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// giveUp calls WaitContext with a context that is done.
func giveUp(t *testing.T, g *skein.Group) *skein.StillRunning {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errBoom)
	synctest.Wait()
	var still *skein.StillRunning
	if err := g.WaitContext(ctx); !errors.As(err, &still) {
		t.Fatalf("got %v, want a *StillRunning", err)
	}
	return still
}

func drawThumbnail(context.Context) error {
	<-time.After(time.Hour)
	return nil
}

func TestStillRunning(t *testing.T) {
	bubble.Run(t, "it names each worker that has not ended, and where it was started", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Name("thumbs"))
		g.Go(succeed)
		g.GoNamed("cat.jpg", drawThumbnail)
		_, file, line, _ := runtime.Caller(0)
		g.TryGo(drawThumbnail)
		still := giveUp(t, g)
		const f = "example.com/skein_test.drawThumbnail"
		want := []skein.Worker{
			{Group: "thumbs", Number: 2, Name: "cat.jpg", Func: f, File: file, Line: line - 1},
			{Group: "thumbs", Number: 3, Func: f, File: file, Line: line + 1},
		}
		if len(still.Workers) != 2 || still.Workers[0] != want[0] || still.Workers[1] != want[1] {
			t.Errorf("got\n%+v\nwant\n%+v", still.Workers, want)
		}
		if still.Group != "thumbs" || still.Queued != 0 || still.Err != errBoom || !errors.Is(still, errBoom) {
			t.Errorf("got %+v", still)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "it names those too whose goroutine has not come yet", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(100))
		for range 150 {
			g.GoNamed("cat.jpg", drawThumbnail)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var still *skein.StillRunning
		if err := g.WaitContext(ctx); !errors.As(err, &still) {
			t.Fatalf("got %v, want a *StillRunning", err)
		}
		if len(still.Workers) != 100 || still.Queued != 50 {
			t.Errorf("got %d workers, %d queued", len(still.Workers), still.Queued)
		}
		numbers := map[int64]bool{}
		for _, w := range still.Workers {
			numbers[w.Number] = true
			if w.Name != "cat.jpg" || w.Number < 1 || w.Number > 100 || w.Line == 0 {
				t.Errorf("got %+v", w)
			}
		}
		if len(numbers) != 100 {
			t.Errorf("%d different workers", len(numbers))
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "a closure is named by the function that it stands in", func(t *testing.T) {
		var g skein.Group
		end := make(chan struct{})
		g.Go(func(context.Context) error {
			<-end
			return nil
		})
		if w := giveUp(t, &g).Workers[0]; !strings.HasPrefix(w.Func, "example.com/skein_test.TestStillRunning.func") ||
			filepath.Base(w.File) != "still_test.go" {
			t.Errorf("got %+v", w)
		}
		close(end)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "it counts the queue, and the workers of child groups", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		for range 3 {
			g.Go(drawThumbnail)
		}
		child := g.Group(skein.Name("child"), skein.Limit(2))
		for range 5 {
			child.GoNamed("dog.jpg", drawThumbnail)
		}
		still := giveUp(t, g)
		if still.Queued != 2+3 || len(still.Workers) != 3 {
			t.Fatalf("got %+v", still)
		}
		for i, group := range []string{"", "child", "child"} {
			if still.Workers[i].Group != group {
				t.Errorf("worker %d is of group %q, want %q", i, still.Workers[i].Group, group)
			}
		}
		if other := giveUp(t, child); other.Group != "child" || other.Queued != 3 || len(other.Workers) != 2 {
			t.Errorf("of the child: %+v", other)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "the longest-serving stands first", func(t *testing.T) {
		var g skein.Group
		for range 20 {
			g.Go(drawThumbnail)
			synctest.Wait()
		}
		for i, w := range giveUp(t, &g).Workers {
			if w.Number != int64(i+1) {
				t.Errorf("number %d stands in place %d", w.Number, i)
			}
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "an observer that tells of skipped tasks counts as running", func(t *testing.T) {
		end := make(chan struct{})
		g := skein.New(t.Context(), skein.Limit(1), skein.Observe(func(e skein.Event) {
			if e.Outcome == skein.Skipped {
				<-end
			}
		}))
		g.Go(untilDone)
		g.Go(boom)
		synctest.Wait()
		g.Cancel(errBoom)
		if still := giveUp(t, g); len(still.Workers)+still.Queued != 1 {
			t.Errorf("got %v", still)
		}
		close(end)
		wantErr(t, g.Wait(), errBoom)
	})
}

func TestStillRunningSays(t *testing.T) {
	worker := skein.Worker{Group: "thumbs", Number: 4, Name: "cat.jpg", Func: "main.draw", File: "/src/main.go", Line: 27}
	unnamed := skein.Worker{Number: 5, Func: "main.draw", File: "/src/main.go", Line: 28}
	for _, row := range []struct {
		name string
		err  *skein.StillRunning
		want string
	}{
		{"who has not ended",
			&skein.StillRunning{Group: "thumbs", Workers: []skein.Worker{worker, unnamed}, Queued: 3, Err: errBoom},
			`skein: group "thumbs": 2 still running, 3 queued: boom; worker 4 "cat.jpg" of "thumbs", started at main.go:27; worker 5 (main.draw), started at main.go:28`},
		{"that nobody runs", &skein.StillRunning{Queued: 1, Err: errBoom}, `skein: 0 still running, 1 queued: boom`},
		{"a number instead of a name", &skein.StillRunning{Workers: make([]skein.Worker, 1), Err: errBoom},
			`skein: 1 still running, 0 queued: boom; worker 0`},
		{"no more than ten names", &skein.StillRunning{Workers: make([]skein.Worker, 12), Err: errBoom},
			`skein: 12 still running, 0 queued: boom` + strings.Repeat("; worker 0", 10) + "; and 2 more"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.err.Error(); got != row.want {
				t.Errorf("got\n%s\nwant\n%s", got, row.want)
			}
		})
	}
}
