package skein_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func TestChildIsCounted(t *testing.T) {
	bubble.Run(t, "as one worker while anything of it runs or is queued", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group(skein.Limit(1))
		if g.Len() != 0 {
			t.Errorf("an idle child counts: length %d", g.Len())
		}
		for range 3 {
			child.Go(lasting(time.Second, nil))
		}
		if g.Len() != 1 || child.Len() != 3 || g.Stats() != (skein.Stats{}) {
			t.Errorf("length %d, of the child %d, stats %+v", g.Len(), child.Len(), g.Stats())
		}
		<-time.After(3500 * time.Millisecond)
		if g.Len() != 0 {
			t.Errorf("a child that is idle again counts: length %d", g.Len())
		}
		child.Go(lasting(time.Second, nil))
		if g.Len() != 1 {
			t.Errorf("length %d, want 1", g.Len())
		}
		start := time.Now()
		wantErr(t, g.Wait(), nil)
		if d := time.Since(start); d != time.Second {
			t.Errorf("the parent waited %v for its child, want 1s", d)
		}
	})
	bubble.Run(t, "grandchildren are counted through it", func(t *testing.T) {
		g := skein.New(t.Context())
		grandchild := g.Group().Group()
		grandchild.Go(lasting(time.Second, errBoom))
		if g.Len() != 1 {
			t.Errorf("length %d, want 1", g.Len())
		}
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "but takes no slot of the parent's limit", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		g.Go(func(context.Context) error {
			child := g.Group()
			for range 10 {
				child.Go(succeed)
			}
			return child.Wait()
		})
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "a blocked Go of a child holds the parent", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group(skein.Limit(1), skein.Backlog(0))
		child.Go(lasting(time.Second, nil))
		accepted := make(chan bool, 1)
		go func() { accepted <- child.Go(lasting(time.Second, errBoom)) }()
		synctest.Wait()
		wantErr(t, g.Wait(), errBoom)
		if !<-accepted {
			t.Error("Go reported false")
		}
	})
}

func TestChildEnds(t *testing.T) {
	bubble.Run(t, "with its parent", func(t *testing.T) {
		g := skein.New(t.Context())
		child, idle := g.Group(), g.Group()
		grandchild := child.Group()
		child.Go(succeed)
		wantErr(t, g.Wait(), nil)
		for _, c := range []*skein.Group{child, idle, grandchild} {
			wantPanic(t, hasEnded, func() { c.Go(succeed) })
			wantPanic(t, hasEnded, func() { c.TryGo(succeed) })
			wantPanic(t, hasEnded, func() { c.Group() })
			wantErr(t, c.Wait(), nil)
			<-c.Context().Done()
		}
	})
	bubble.Run(t, "with its parent: what is submitted between the two ends is refused", func(t *testing.T) {
		// Wait asks the context before it ends a group: first the parent,
		// then the child.
		home := &busyParent{Context: t.Context()}
		g := skein.New(home)
		child := g.Group()
		var said any
		home.do = func() {
			home.do = func() { said = thrown(func() { child.Go(boom) }) }
		}
		wantErr(t, g.Wait(), nil)
		if said != hasEnded {
			t.Errorf("got panic %v, want %q", said, hasEnded)
		}
	})
	bubble.Run(t, "by its own Wait, and the parent goes on", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		child.Go(succeed)
		wantErr(t, child.Wait(), nil)
		wantErr(t, context.Cause(child.Context()), context.Canceled)
		wantErr(t, g.Context().Err(), nil)
		wantPanic(t, hasEnded, func() { child.Go(succeed) })
		if !g.Go(succeed) {
			t.Error("the parent has ended too")
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "thousands of children that have ended are forgotten in any order", func(t *testing.T) {
		g := skein.New(t.Context())
		children := make([]*skein.Group, 1000)
		for i := range children {
			children[i] = g.Group()
			children[i].Go(succeed)
		}
		for i := range children {
			wantErr(t, children[i*7%1000].Wait(), nil)
		}
		wantErr(t, g.Wait(), nil)
	})
}

func TestChildFails(t *testing.T) {
	bubble.Run(t, "its failure cancels it alone, and its own Wait takes it", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		child.Go(untilDone)
		child.Go(boom)
		wantErr(t, child.Wait(), errBoom)
		wantErr(t, g.Context().Err(), nil)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "a failure that no Wait has taken is the parent's error", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		child.Go(boom)
		synctest.Wait()
		if !g.Go(succeed) {
			t.Error("the parent was cancelled")
		}
		wantErr(t, g.Wait(), errBoom)
		wantErr(t, child.Wait(), errBoom)
	})
	bubble.Run(t, "a WaitContext that gave up has taken nothing", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		child.Go(lasting(time.Hour, errBoom))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var still *skein.StillRunning
		if err := child.WaitContext(ctx); !errors.As(err, &still) {
			t.Errorf("got %v", err)
		}
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "a Wait that blocked on the child takes it, although the parent waits too", func(t *testing.T) {
		for range 50 {
			g := skein.New(t.Context())
			child := g.Group()
			child.Go(lasting(time.Second, errBoom))
			told := make(chan error)
			go func() { told <- child.Wait() }()
			synctest.Wait()
			wantErr(t, g.Wait(), nil)
			wantErr(t, <-told, errBoom)
		}
	})
	bubble.Run(t, "a failure of a grandchild reaches the top", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Group().Group().Group().Go(boom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "the parent's own failure was first", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		child.Go(lasting(time.Second, errors.New("of the child")))
		synctest.Wait()
		g.Go(boom)
		wantErr(t, g.Wait(), errBoom)
		wantErr(t, context.Cause(g.Context()), errBoom)
	})
	bubble.Run(t, "with KeepGoing the children's errors stand where the children were made", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing())
		errs := make([]error, 5)
		for i := range errs {
			errs[i] = fmt.Errorf("error %d", i)
		}
		before := g.Group()
		g.Go(lasting(time.Hour, errs[1]))
		between, more := g.Group(), g.Group()
		g.Go(fail(errs[4]))
		more.Go(fail(errs[3]))
		between.Go(lasting(time.Second, errs[2]))
		before.Go(lasting(time.Minute, errs[0]))
		wantErrs(t, g.Wait(), errs...)
	})
	bubble.Run(t, "an untaken cancellation of a child is told", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Group().Cancel(errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "a child's failure does not spoil a FirstSuccess that is satisfied", func(t *testing.T) {
		g := skein.New(t.Context(), skein.FirstSuccess())
		g.Group().Go(boom)
		g.Go(succeed)
		wantErr(t, g.Wait(), nil)
	})
}

func TestChildPanics(t *testing.T) {
	bubble.Run(t, "the panic is told by its own Wait, and the parent goes on", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		child.Go(burst("cat"))
		if p := panicOf(t, child.Wait); p.Value != "cat" {
			t.Errorf("got %v", p)
		}
		if !g.Go(succeed) {
			t.Error("the parent was cancelled")
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "a panic that no Wait has taken is the parent's", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Group().Group().Go(burst("cat"))
		if p := panicOf(t, g.Wait); p.Value != "cat" {
			t.Errorf("got %v", p)
		}
	})
	bubble.Run(t, "each of many panics is told once", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			panic(1)
		})
		for i := range 2 {
			child := g.Group()
			for j := range 2 {
				child.Go(func(ctx context.Context) error {
					<-ctx.Done()
					panic(10 + 10*i + j)
				})
			}
		}
		synctest.Wait()
		g.Go(burst(0))
		p := panicOf(t, g.Wait)
		if p.Value != 0 {
			t.Errorf("the first is %v, want 0", p.Value)
		}
		count := map[any]int{}
		for _, other := range p.Others {
			count[other.Value]++
			if len(other.Others) != 0 {
				t.Errorf("%v has others of its own: they are told twice", other.Value)
			}
		}
		for _, v := range []int{1, 10, 11, 20, 21} {
			if count[v] != 1 {
				t.Errorf("%v was told %d times", v, count[v])
			}
		}
	})
}

func TestParentCancelsChild(t *testing.T) {
	bubble.Run(t, "its tasks are cancelled, its queue is skipped, its Wait says why", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group(skein.Limit(1))
		child.Go(untilDone)
		child.Go(boom)
		synctest.Wait()
		g.Cancel(errBoom)
		if child.Go(boom) || child.TryGo(boom) {
			t.Error("a task was accepted after the cancellation")
		}
		wantErr(t, child.Wait(), errBoom)
		if s := child.Stats(); s != (skein.Stats{Cancelled: 1, Skipped: 1}) {
			t.Errorf("stats %+v", s)
		}
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "a failure of the parent is the child's cause", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		child.Go(untilDone)
		synctest.Wait()
		g.Go(boom)
		wantErr(t, child.Wait(), errBoom)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "a Go that the child's Backlog blocks returns false", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group(skein.Limit(1), skein.Backlog(0))
		end := make(chan struct{})
		child.Go(until(end))
		refused := make(chan bool)
		go func() { refused <- !child.Go(boom) }()
		synctest.Wait()
		g.Go(boom)
		if !<-refused {
			t.Error("Go reported true")
		}
		close(end)
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "a child cancelled by itself leaves its parent alone", func(t *testing.T) {
		g := skein.New(t.Context())
		child := g.Group()
		child.Go(untilDone)
		synctest.Wait()
		child.Cancel(errBoom)
		wantErr(t, g.Context().Err(), nil)
		wantErr(t, child.Wait(), errBoom)
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "the deadline of the parent's parent makes the child's outcomes timed-out", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		child := skein.New(ctx).Group()
		child.Go(untilDone)
		wantErr(t, child.Wait(), context.DeadlineExceeded)
		if s := child.Stats(); s != (skein.Stats{TimedOut: 1}) {
			t.Errorf("stats %+v", s)
		}
	})
}

// fussy is an error that panics when it is compared.
type fussy struct{}

func (fussy) Error() string { return "fussy" }
func (fussy) Is(error) bool { panic("not like this") }

func TestChildFussyError(t *testing.T) {
	bubble.Run(t, "a child's error that panics in Is is told, and every Wait returns", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Group(skein.KeepGoing()).Go(func(context.Context) error { return fussy{} })
		synctest.Wait()
		g.Cancel(errBoom)
		for range 2 {
			if err := g.Wait(); err != (fussy{}) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestChildFailureIsNoEcho(t *testing.T) {
	bubble.Run(t, "what failed before the parent was cancelled is told, whatever it looks like", func(t *testing.T) {
		g := skein.New(t.Context(), skein.KeepGoing())
		child := g.Group(skein.KeepGoing())
		slow := fmt.Errorf("host a: %w", context.DeadlineExceeded)
		child.Go(func(context.Context) error { return errBoom })
		child.Go(func(context.Context) error { return slow })
		synctest.Wait()
		g.Cancel(errors.New("the operator"))
		if err := g.Wait(); !errors.Is(err, errBoom) || !errors.Is(err, slow) {
			t.Errorf("got %v", err)
		}
	})
}
