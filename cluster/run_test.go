package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
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
	ends := cluster.Define[int, string]("ends", cluster.Attempts(3), cluster.Timeout(time.Second), cluster.Backoff(0, 0))
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
	clustertest.Work(t, c, 4)
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
	clustertest.Work(t, c, 8)
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
	stop := clustertest.Work(t, c, 2)
	<-begun
	<-begun
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stop()
	}()
	clustertest.Work(t, c, 30) // has the rest while the first still runs two
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

func TestACancelledRunEndsWithItsCause(t *testing.T) {
	c := open(t)
	begun := make(chan struct{}, 10)
	slow := cluster.Define[int, int]("slow")
	slow.Handle(c, func(ctx context.Context, i int) (int, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	run := openRun(t, c, "r")
	if _, err := slow.SubmitAll(t.Context(), run, numbers(50)); err != nil {
		t.Fatal(err)
	}
	clustertest.Work(t, c, 3)
	<-begun
	if err := run.Cancel(t.Context(), errors.New("nobody wants it")); err != nil {
		t.Fatal(err)
	}
	var bad *cluster.RunError
	if err := run.Wait(t.Context()); !errors.As(err, &bad) || bad.Counts[cluster.Cancelled] != 50 {
		t.Fatal(err)
	}
	for _, o := range bad.First {
		if o.Cause == nil || o.Cause.Error() != "nobody wants it" {
			t.Errorf("%+v", o)
		}
	}
	if _, err := slow.Submit(t.Context(), run, 1); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("a cancelled run takes a task: %v", err)
	}
}

func TestACancelledRunEndsWithoutWorkers(t *testing.T) {
	c, err := embed.Open(t.Context(), t.TempDir(), embed.Client(cluster.Lease(300*time.Millisecond)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	slow := cluster.Define[int, int]("slow")
	run := openRun(t, c, "r")
	if _, err := slow.SubmitAll(t.Context(), run, numbers(10)); err != nil {
		t.Fatal(err)
	}
	if err := run.Cancel(t.Context(), errors.New("nobody comes")); err != nil {
		t.Fatal(err)
	}
	var bad *cluster.RunError
	if err := run.Wait(t.Context()); !errors.As(err, &bad) || bad.Counts[cluster.Cancelled] != 10 {
		t.Fatal(err)
	}
}

func TestLargeResultsArriveAndTooLargeArgumentsAreRefused(t *testing.T) {
	c := open(t)
	large := cluster.Define[int, string]("large")
	large.Handle(c, func(_ context.Context, size int) (string, error) {
		if size == 0 {
			return "", skein.Permanent(errors.New(strings.Repeat("long ", 100_000)))
		}
		return strings.Repeat("x", size), nil
	})
	clustertest.Work(t, c, 8)
	run := openRun(t, c, "r")
	sizes := []int{0, 300_000}
	for range 30 {
		sizes = append(sizes, 200_000) // together more than a message may have
	}
	if _, err := large.SubmitAll(t.Context(), run, slices.Values(sizes)); err != nil {
		t.Fatal(err)
	}
	var bad *cluster.RunError
	if err := run.Wait(t.Context()); !errors.As(err, &bad) || bad.Counts[cluster.Succeeded] != 31 || bad.Counts[cluster.Failed] != 1 || len(err.Error()) > 400 {
		t.Fatal(err)
	}
	for _, o := range bad.First {
		if o.Attempt != 1 || len(o.Cause.Error()) > 5000 {
			t.Errorf("attempt %d, a cause of %d bytes", o.Attempt, len(o.Cause.Error()))
		}
	}
	arrived := 0
	for text, err := range large.Results(t.Context(), run) {
		var task *cluster.TaskError
		if err != nil && !errors.As(err, &task) {
			t.Error(err)
		}
		if len(text) == 300_000 || len(text) == 200_000 {
			arrived++
		}
	}
	if arrived != 31 {
		t.Errorf("%d results arrived", arrived)
	}
	if err := run.Delete(t.Context()); err != nil {
		t.Error(err)
	}
	text := cluster.Define[string, int]("text")
	if _, err := text.Submit(t.Context(), openRun(t, c, "other"), strings.Repeat("x", 300_000)); err == nil {
		t.Error("arguments of 300,000 bytes are submitted")
	}
}

func TestArgumentsThatAreNoneFailTheTask(t *testing.T) {
	c := open(t)
	cluster.Define[int, int]("n").Handle(c, func(_ context.Context, i int) (int, error) { return i, nil })
	clustertest.Work(t, c, 1)
	run := openRun(t, c, "r")
	if _, err := cluster.Define[string, int]("n").Submit(t.Context(), run, "no number"); err != nil {
		t.Fatal(err)
	}
	var bad *cluster.RunError
	if err := run.Wait(t.Context()); !errors.As(err, &bad) || bad.First[0].Attempt != 1 || !strings.HasPrefix(bad.First[0].Cause.Error(), "the arguments: ") {
		t.Fatal(err)
	}
}
