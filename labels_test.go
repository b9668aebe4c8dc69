package skein_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"

	"example.com/skein"
)

// goroutineLabels returns the labels of the goroutine that calls it, as a
// profile shows them.
func goroutineLabels(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Error(err)
	}
	for stack := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(stack, "goroutineLabels") {
			_, labels, _ := strings.Cut(stack, "# labels: ")
			labels, _, _ = strings.Cut(labels, "\n")
			return labels
		}
	}
	t.Error("the goroutine is not in its profile")
	return ""
}

func TestLabels(t *testing.T) {
	request := pprof.WithLabels(context.Background(), pprof.Labels("request", "7"))
	foreign := pprof.WithLabels(context.Background(), pprof.Labels("somebody", "else"))
	// Limit(1) lets one goroutine run all tasks, one after another.
	tests := []struct {
		name string
		ctx  context.Context
		want string
	}{
		{"without labels there are none", context.Background(), ""},
		{"the group context's labels are every task's", request, `{"request":"7"}`},
		{"they are found behind other contexts", context.WithValue(request, place{}, 1), `{"request":"7"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := skein.Run(tt.ctx, func(g *skein.Group) error {
				for range 3 {
					pprof.SetGoroutineLabels(foreign) // the submitter's are not the task's
					g.Go(func(context.Context) error {
						if got := goroutineLabels(t); got != tt.want {
							t.Errorf("labels %s, want %s", got, tt.want)
						}
						pprof.SetGoroutineLabels(foreign) // nor the previous task's
						return nil
					})
				}
				return nil
			}, skein.Limit(1))
			pprof.SetGoroutineLabels(context.Background())
			if err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("a child group has its parent's", func(t *testing.T) {
		g := skein.New(request)
		g.Group().Go(func(context.Context) error {
			if got := goroutineLabels(t); got != `{"request":"7"}` {
				t.Errorf("labels %s", got)
			}
			return nil
		})
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a name is one more, on the goroutine and in the context", func(t *testing.T) {
		err := skein.Run(request, func(g *skein.Group) error {
			g.GoNamed("cat.jpg", func(ctx context.Context) error {
				if got := goroutineLabels(t); got != `{"request":"7", "worker":"cat.jpg"}` {
					t.Errorf("labels %s", got)
				}
				if got, _ := pprof.Label(ctx, "worker"); got != "cat.jpg" {
					t.Errorf("the context's label is %q", got)
				}
				return nil
			})
			g.Go(func(context.Context) error {
				if got := goroutineLabels(t); got != `{"request":"7"}` {
					t.Errorf("labels after a named task %s", got)
				}
				return nil
			})
			return nil
		}, skein.Limit(1))
		if err != nil {
			t.Error(err)
		}
	})
}

type place struct{}

// spy counts the keys that pprof asks a context for.
type spy struct {
	context.Context
	keys map[any]bool
}

func (s spy) Value(key any) any {
	s.keys[fmt.Sprintf("%T", key)] = true
	return s.Context.Value(key)
}

func TestLabelsKey(t *testing.T) {
	t.Run("pprof asks a context for one key only", func(t *testing.T) {
		s := spy{context.Background(), map[any]bool{}}
		pprof.ForLabels(s, func(string, string) bool { return true })
		pprof.SetGoroutineLabels(s)
		if len(s.keys) != 1 {
			t.Errorf("it asks for %v: a group's labels must be looked up anew for every task", s.keys)
		}
	})
}

func TestPlace(t *testing.T) {
	g := skein.New(context.Background())
	release := make(chan struct{})
	hold := func(context.Context) error { <-release; return nil }
	_, file, line, _ := runtime.Caller(0)
	g.Go(hold)
	g.GoNamed("cat.jpg", hold)
	g.TryGo(hold)
	submitThrough(g, hold)
	done, cancel := context.WithCancel(context.Background())
	cancel()
	still, ok := g.WaitContext(done).(*skein.StillRunning)
	close(release)
	if err := g.Wait(); err != nil || !ok {
		t.Fatal(err, ok)
	}
	t.Run("a worker knows where it was started and what it runs", func(t *testing.T) {
		want := []int{line + 1, line + 2, line + 3, submitLine}
		for i, w := range still.Workers {
			if w.Line != want[i] || filepath.Base(w.File) != filepath.Base(file) {
				t.Errorf("worker %d started at %s:%d, want line %d", i, w.File, w.Line, want[i])
			}
			if !strings.HasPrefix(w.Func, "example.com/skein_test.TestPlace.func") {
				t.Errorf("worker %d runs %s", i, w.Func)
			}
		}
	})
}

var submitLine int

// submitThrough may be inlined: the place is still in here.
func submitThrough(g *skein.Group, f func(context.Context) error) {
	_, _, submitLine, _ = runtime.Caller(0)
	submitLine += 2
	g.Go(f)
}
