package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

// odd fails for odd numbers.
func odd(_ context.Context, i int) (int, error) {
	if i%2 == 1 {
		return 0, skein.Permanent(fmt.Errorf("%d is odd", i))
	}
	return i, nil
}

func TestFailFastCancelsTheRest(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(c, func(ctx context.Context, i int) (int, error) {
		if i > 1 {
			<-ctx.Done()
			return 0, context.Cause(ctx)
		}
		return odd(ctx, i)
	})
	clustertest.Work(t, c, 100) // all at a time, as all but two wait
	run, err := c.Run(t.Context(), "r", cluster.FailFast())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := typ.SubmitAll(t.Context(), run, numbers(100)); err != nil && !errors.Is(err, cluster.ErrClosed) {
		t.Fatal(err)
	}
	var bad *cluster.RunError
	err = run.Wait(t.Context())
	if !errors.As(err, &bad) || !errors.Is(err, cluster.ErrFailFast) {
		t.Fatal(err)
	}
	if bad.Counts[cluster.Failed] != 1 || bad.Counts[cluster.Succeeded] != 1 || bad.Counts[cluster.Cancelled] != bad.Counts.Total()-2 {
		t.Error(bad)
	}
	if _, err := typ.Submit(t.Context(), run, 1); !errors.Is(err, cluster.ErrClosed) {
		t.Error(err)
	}
	if _, err := c.Run(t.Context(), "r", cluster.FirstSuccess()); err == nil {
		t.Error("a run has another policy than it was made with")
	}
}

// Whoever submits for ever learns that nobody wants it any more.
func TestSubmittingToACancelledRunEndsWithTheCause(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(c, odd)
	clustertest.Work(t, c, 4)
	run, err := c.Run(t.Context(), "r", cluster.FailFast())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1 << 30 {
		if _, err := typ.Submit(t.Context(), run, i); err != nil {
			if !errors.Is(err, cluster.ErrClosed) || !errors.Is(err, cluster.ErrFailFast) {
				t.Error(err)
			}
			return
		}
	}
}

func TestFirstSuccessIsEnough(t *testing.T) {
	c := clustertest.Open(t)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(c, func(ctx context.Context, i int) (int, error) {
		if i == 6 {
			return i, nil
		}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	clustertest.Work(t, c, 20)
	run, err := c.Run(t.Context(), "r", cluster.FirstSuccess())
	if err != nil {
		t.Fatal(err)
	}
	typ.SubmitAll(t.Context(), run, numbers(20))
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil || o.Outcome == cluster.Cancelled && !errors.Is(o.Cause, cluster.ErrFirstSuccess) {
			t.Errorf("%+v, %v", o, err)
		}
	}
}

func TestALimitHoldsOnAllWorkersTogether(t *testing.T) {
	c := clustertest.Open(t)
	var running, most atomic.Int32
	typ := cluster.Define[int, int]("narrow", cluster.Attempts(2), cluster.Backoff(0, 0))
	typ.Handle(c, func(ctx context.Context, i int) (int, error) {
		defer running.Add(-1)
		for n := running.Add(1); n > most.Load(); {
			most.Store(n)
		}
		<-time.After(3 * time.Millisecond) // what the task does
		if task, ok := cluster.TaskOf(ctx); !ok || i%5 == 0 && task.Attempt == 1 {
			return 0, errors.New("once more")
		}
		return i, nil
	})
	clustertest.Work(t, c, 16)
	clustertest.Work(t, c, 16)
	run, err := c.Run(t.Context(), "r", cluster.Limit(3))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := typ.SubmitAll(t.Context(), run, numbers(100)); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := most.Load(); n != 3 {
		t.Errorf("%d ran at a time", n)
	}
}

func TestAttemptsWaitAndKnowWhatTheyAre(t *testing.T) {
	c := clustertest.Open(t)
	type seen struct {
		task cluster.Task
		at   time.Time
	}
	all := make(chan seen, 10)
	typ := cluster.Define[int, int]("again", cluster.Attempts(2), cluster.Backoff(100*time.Millisecond, 100*time.Millisecond))
	typ.Handle(c, func(ctx context.Context, i int) (int, error) {
		task, ok := cluster.TaskOf(ctx)
		if !ok {
			t.Error("a handler's context is nobody's")
		}
		all <- seen{task, time.Now()}
		return 0, errors.New("it does not work")
	})
	if _, ok := cluster.TaskOf(t.Context()); ok {
		t.Error("the test's context is a handler's")
	}
	clustertest.Work(t, c, 4)
	run := openRun(t, c, "r")
	id, err := typ.Submit(t.Context(), run, 1, cluster.Attempts(4))
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(t.Context()); err == nil {
		t.Fatal("it succeeded")
	}
	close(all)
	last := seen{}
	for s := range all {
		want := cluster.Task{Run: "r", ID: id, Attempt: last.task.Attempt + 1, Attempts: 4, Fence: s.task.Fence}
		if s.task != want || s.task.Fence <= last.task.Fence {
			t.Errorf("%+v after %+v", s.task, last.task)
		}
		last = s
	}
	if last.task.Attempt != 4 {
		t.Errorf("%d attempts", last.task.Attempt)
	}
}

// reversed is a codec that is not JSON.
type reversed struct{}

func (reversed) Name() string { return "reversed" }
func (reversed) Marshal(v any) ([]byte, error) {
	b := fmt.Append(nil, v)
	slices.Reverse(b)
	return b, nil
}
func (reversed) Unmarshal(b []byte, v any) error {
	b = slices.Clone(b)
	slices.Reverse(b)
	_, err := fmt.Sscan(string(b), v)
	return err
}

func TestCodecsAndVersionsTravelWithTheTask(t *testing.T) {
	c := clustertest.Open(t)
	double := func(_ context.Context, i int) (int, error) { return 2 * i, nil }
	own := cluster.Define[int, int]("own", cluster.Encoding(reversed{}))
	own.Handle(c, double)
	second := cluster.Define[int, int]("versions", cluster.Version(2))
	second.Handle(c, double)
	clustertest.Work(t, c, 2)
	run := openRun(t, c, "r")
	for _, typ := range []*cluster.Type[int, int]{own, second, cluster.Define[int, int]("versions"), cluster.Define[int, int]("versions", cluster.Version(3)), cluster.Define[int, int]("own")} {
		if _, err := typ.Submit(t.Context(), run, 21); err != nil {
			t.Fatal(err)
		}
	}
	var bad *cluster.RunError
	if err := run.Wait(t.Context()); !errors.As(err, &bad) || bad.Counts[cluster.Succeeded] != 3 {
		t.Fatal(err)
	}
	causes := map[string]string{}
	for _, o := range bad.First {
		causes[o.Task.Type] = o.Cause.Error()
	}
	if causes["versions"] != "the arguments: version 3 of type versions, this program knows 2" || causes["own"] != "the arguments: encoded as json, this program expects reversed" {
		t.Errorf("%q", causes)
	}
	for v, err := range own.Results(t.Context(), run) {
		var task *cluster.TaskError
		if v != 42 && !errors.As(err, &task) {
			t.Errorf("%d, %v", v, err)
		}
	}
}

// A short task's outcome does not wait for a long one that came with it.
func TestOutcomesDoNotWaitForTheRestOfABatch(t *testing.T) {
	c := clustertest.Open(t)
	end := make(chan struct{})
	typ := cluster.Define[int, int]("mixed")
	typ.Handle(c, func(_ context.Context, i int) (int, error) {
		if i == 3 {
			<-end
		}
		return i, nil
	})
	run := openRun(t, c, "r")
	if _, err := typ.SubmitAll(t.Context(), run, numbers(60)); err != nil { // one batch
		t.Fatal(err)
	}
	clustertest.Work(t, c, 8)
	n := 0
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 59 {
			if o.Task.N == 4 {
				t.Error("the long one has ended")
			}
			close(end)
			if err := run.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != 60 {
		t.Errorf("%d outcomes", n)
	}
	s, err := run.Snapshot(t.Context())
	if err != nil || s.Late != 0 || s.Submitted != 60 || s.Counts[cluster.Succeeded] != 60 || s.Left() != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// The server forgets the queue of a run with a limit that no worker asks for long.
func TestARunWithALimitWaitsForWorkersAsLongAsItTakes(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	typ := cluster.Define[int, int]("echo")
	typ.Handle(c, identity)
	run, err := c.Run(t.Context(), "r", cluster.Limit(2))
	if err == nil {
		_, err = typ.SubmitAll(t.Context(), run, numbers(5))
	}
	if err == nil {
		err = stranger(t, address).DeleteConsumer(t.Context(), "SKEIN_TASKS", "limited+r+echo")
	}
	if err != nil {
		t.Fatal(err)
	}
	clustertest.Work(t, c, 2)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := run.Wait(ctx); err != nil {
		t.Error(err)
	}
}
