package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// open starts a server in the test.
func open(t testing.TB) *cluster.Client {
	t.Helper()
	c, err := embed.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// work runs tasks until the test ends, or stop is called.
func work(t testing.TB, c *cluster.Client, n int) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Work(ctx, n) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("work: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func openRun(t testing.TB, c *cluster.Client, name string) *cluster.Run {
	t.Helper()
	r, err := c.Run(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestEveryEndIsTold(t *testing.T) {
	c := open(t)
	var attempts [5]atomic.Int32
	ends := cluster.Define[int, string]("ends", cluster.Attempts(3), cluster.Timeout(time.Second))
	ends.Handle(c, func(ctx context.Context, how int) (string, error) {
		switch attempts[how].Add(1); how {
		case 1:
			return "", fmt.Errorf("it does not work")
		case 2:
			return "", skein.Permanent(errors.New("it never will"))
		case 3:
			panic("a bug")
		case 4:
			runtime.Goexit()
		}
		return "well", nil
	})
	work(t, c, 4)
	run := openRun(t, c, "r")
	if n, err := ends.SubmitAll(t.Context(), run, numbers(5)); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	var bad *cluster.RunError
	if err := run.Wait(t.Context()); !errors.As(err, &bad) {
		t.Fatal(err)
	}
	want := cluster.Counts{cluster.Succeeded: 1, cluster.Failed: 2, cluster.Panicked: 1, cluster.Goexited: 1}
	if fmt.Sprint(bad.Counts) != fmt.Sprint(want) || len(bad.First) != 4 {
		t.Errorf("%v, %v", bad, bad.First)
	}
	for how, n := range []int32{1, 3, 1, 3, 3} {
		if got := attempts[how].Load(); got != n {
			t.Errorf("%d was tried %d times, not %d", how, got, n)
		}
	}
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil || o.Task.N == 2 && (o.Cause == nil || o.Cause.Error() != "it does not work" || o.Attempt != 3) {
			t.Errorf("%+v, %v", o, err)
		}
	}
}

func TestWhoTakesARunOverIsTheOnlyOneWhoSubmits(t *testing.T) {
	c := open(t)
	echo := cluster.Define[int, int]("echo")
	echo.Handle(c, func(_ context.Context, i int) (int, error) { return i, nil })
	first := openRun(t, c, "r")
	if n, err := echo.SubmitAll(t.Context(), first, numbers(100)); n != 100 || err != nil {
		t.Fatal(n, err)
	}
	second := openRun(t, c, "r")
	if _, err := echo.Submit(t.Context(), first, 1000); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("the first still submits: %v", err)
	}
	if n, err := echo.SubmitAll(t.Context(), second, numbers(70)); n != 70 || err != nil {
		t.Fatal(n, err)
	}
	work(t, c, 8)
	if err := second.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	var both [2][]int
	for i, r := range []*cluster.Run{first, second} {
		for v, err := range echo.Results(t.Context(), r) {
			if err != nil {
				t.Fatal(err)
			}
			both[i] = append(both[i], v)
		}
	}
	if len(both[0]) != 170 || !slices.Equal(both[0], both[1]) {
		t.Errorf("%d and %d outcomes", len(both[0]), len(both[1]))
	}
	if _, err := echo.Submit(t.Context(), second, 1); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("the run is closed, and takes a task: %v", err)
	}
	third := openRun(t, c, "r")
	if _, err := echo.Submit(t.Context(), third, 1); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("the run is closed, and takes a task: %v", err)
	}
	if err := third.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAWorkerThatEndsHandsOnWhatItHasNotBegun(t *testing.T) {
	c := open(t)
	begun, end := make(chan int, 100), make(chan struct{})
	slow := cluster.Define[int, int]("slow")
	slow.Handle(c, func(_ context.Context, i int) (int, error) {
		begun <- i
		<-end
		return i, nil
	})
	run := openRun(t, c, "r")
	if _, err := slow.SubmitAll(t.Context(), run, numbers(20)); err != nil {
		t.Fatal(err)
	}
	stop := work(t, c, 2)
	<-begun
	<-begun
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stop()
	}()
	work(t, c, 30) // has the rest while the first still runs two
	for range 18 {
		<-begun
	}
	close(end)
	<-stopped
	if err := run.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if len(begun) > 0 {
		t.Errorf("%d ran twice", len(begun))
	}
}

func TestNamesThatCannotBeSubjectsAreRefused(t *testing.T) {
	c := open(t)
	for _, name := range []string{"", "a.b", "a b", "*", ">", "ä", string(make([]byte, 65))} {
		if _, err := c.Run(t.Context(), name); err == nil {
			t.Errorf("%q is a run", name)
		}
	}
}
