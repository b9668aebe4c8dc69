package skein_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// eventually fails until its attempt n, which succeeds, and notes when each
// attempt was made.
func eventually(n int, times *[]time.Time) task {
	return func(ctx context.Context) error {
		*times = append(*times, time.Now())
		if skein.Attempt(ctx) == n {
			return nil
		}
		return fmt.Errorf("attempt %d: %w", skein.Attempt(ctx), errBoom)
	}
}

func wantRetryError(t *testing.T, err error, attempts int, last, cause error) *skein.RetryError {
	t.Helper()
	var failed *skein.RetryError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a *RetryError", err)
	}
	if failed.Attempts != attempts || !errors.Is(failed.Err, last) || failed.Cause != cause {
		t.Errorf("got %+v, want %d attempts, %v, cause %v", failed, attempts, last, cause)
	}
	return failed
}

func TestRetry(t *testing.T) {
	bubble.Run(t, "it attempts until one succeeds, and counts from 1", func(t *testing.T) {
		var times []time.Time
		wantErr(t, skein.Retry(skein.Backoff{}, eventually(3, &times))(t.Context()), nil)
		if len(times) != 3 {
			t.Errorf("%d attempts, want 3", len(times))
		}
	})
	bubble.Run(t, "attempts are counted in total: the last error comes back with their number", func(t *testing.T) {
		for attempts, want := range map[int]int{0: 5, 1: 1, 2: 2, 7: 7} {
			var times []time.Time
			err := skein.Retry(skein.Backoff{Attempts: attempts}, eventually(0, &times))(t.Context())
			wantRetryError(t, err, want, errBoom, nil)
			plural := "s"
			if want == 1 {
				plural = ""
			}
			text := fmt.Sprintf("skein: gave up after %d attempt%s: attempt %d: boom", want, plural, want)
			if len(times) != want || err.Error() != text || !errors.Is(err, errBoom) {
				t.Errorf("Attempts %d: %d made, %q", attempts, len(times), err)
			}
		}
	})
	bubble.Run(t, "a permanent error ends it at once and comes back as it was", func(t *testing.T) {
		calls := 0
		err := skein.Retry(skein.Backoff{}, func(context.Context) error {
			calls++
			return skein.Permanent(errBoom)
		})(t.Context())
		wantErr(t, err, errBoom)
		if calls != 1 {
			t.Errorf("%d calls", calls)
		}
	})
	bubble.Run(t, "the mark of a permanent error is seen through what wraps it", func(t *testing.T) {
		wrapped := fmt.Errorf("fetch: %w", skein.Permanent(errBoom))
		start := time.Now()
		wantErr(t, skein.Retry(skein.Backoff{}, fail(wrapped))(t.Context()), wrapped)
		if wrapped.Error() != "fetch: boom" || !errors.Is(wrapped, errBoom) || time.Since(start) != 0 {
			t.Errorf("%v after %v", wrapped, time.Since(start))
		}
	})
	bubble.Run(t, "a mark on the last attempt, or when the context is done, is taken off too", func(t *testing.T) {
		wantErr(t, skein.Retry(skein.Backoff{Attempts: 1}, fail(skein.Permanent(errBoom)))(t.Context()), errBoom)
		ctx, cancel := context.WithCancel(t.Context())
		wantErr(t, skein.Retry(skein.Backoff{}, func(context.Context) error {
			cancel()
			return skein.Permanent(errBoom)
		})(ctx), errBoom)
	})
	bubble.Run(t, "calls of one wrapped function count apart", func(t *testing.T) {
		f := skein.Retry(skein.Backoff{Attempts: 3}, func(ctx context.Context) error {
			if skein.Attempt(ctx) == 3 {
				return nil
			}
			return errBoom
		})
		g := skein.New(t.Context())
		for range 50 {
			g.Go(f)
		}
		wantErr(t, g.Wait(), nil)
	})
}

func TestRetryAndTheContext(t *testing.T) {
	bubble.Run(t, "a wait that would last to the deadline is not begun", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		b := skein.Backoff{First: math.MaxInt64, Cap: math.MaxInt64}
		start := time.Now()
		err := skein.Retry(b, boom)(ctx)
		wantRetryError(t, err, 1, errBoom, nil)
		if errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
	bubble.Run(t, "a wait that ends before the deadline is", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var times []time.Time
		b := skein.Backoff{Attempts: 30, First: time.Minute, Cap: time.Minute} // 29 minutes at most
		wantRetryError(t, skein.Retry(b, eventually(0, &times))(ctx), 30, errBoom, nil)
	})
	bubble.Run(t, "a cancellation ends the wait, and is told with the last error", func(t *testing.T) {
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Millisecond, func() { cancel(stop) })
		start := time.Now()
		err := skein.Retry(skein.Backoff{First: math.MaxInt64, Cap: math.MaxInt64}, boom)(ctx)
		wantRetryError(t, err, 1, errBoom, stop)
		if !errors.Is(err, errBoom) || !errors.Is(err, stop) || time.Since(start) != time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if want := "skein: stopped after 1 attempt: stop; the last error: boom"; err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	})
	bubble.Run(t, "a group's cancellation is echoed by a task that waits, not failed by it", func(t *testing.T) {
		var last skein.Event
		g := skein.New(t.Context(), skein.KeepGoing(), skein.Observe(func(e skein.Event) { last = e }))
		g.Go(skein.Retry(skein.Backoff{First: math.MaxInt64, Cap: math.MaxInt64}, boom))
		time.Sleep(time.Second)
		stop := errors.New("stop")
		g.Cancel(stop)
		wantErr(t, g.Wait(), stop)
		if last.Outcome != skein.Cancelled || !errors.Is(last.Err, errBoom) {
			t.Errorf("got %+v", last)
		}
	})
	bubble.Run(t, "an echo of the context's end is not retried and comes back as it is", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		wantErr(t, skein.Retry(skein.Backoff{}, func(ctx context.Context) error {
			calls++
			cancel()
			return ctx.Err()
		})(ctx), context.Canceled)
		if calls != 1 {
			t.Errorf("%d calls", calls)
		}
	})
	bubble.Run(t, "nor is any error, once the context is done", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		wantErr(t, skein.Retry(skein.Backoff{}, func(context.Context) error {
			cancel()
			return errBoom
		})(ctx), errBoom)
	})
	bubble.Run(t, "a time limit of a single attempt is retried", func(t *testing.T) {
		calls := 0
		wantErr(t, skein.Retry(skein.Backoff{}, func(ctx context.Context) error {
			if calls++; calls == 3 {
				return nil
			}
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return untilDone(ctx)
		})(t.Context()), nil)
	})
	bubble.Run(t, "nothing is attempted if the context is done before", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBoom)
		wantErr(t, skein.Retry(skein.Backoff{}, func(context.Context) error {
			t.Error("called")
			return nil
		})(ctx), errBoom)
	})
}

func TestRetryOfWhatDoesNotReturn(t *testing.T) {
	bubble.Run(t, "a panic is not retried", func(t *testing.T) {
		calls := 0
		g := skein.New(t.Context())
		g.Go(skein.Retry(skein.Backoff{}, func(context.Context) error { calls++; panic("bad") }))
		if p := panicOf(t, g.Wait); p.Value != "bad" || calls != 1 {
			t.Errorf("%v after %d calls", p.Value, calls)
		}
	})
	bubble.Run(t, "nor is a Goexit", func(t *testing.T) {
		calls := 0
		g := skein.New(t.Context())
		g.Go(skein.Retry(skein.Backoff{}, func(context.Context) error {
			calls++
			runtime.Goexit()
			return nil
		}))
		if err := g.Wait(); err != skein.ErrGoexit || calls != 1 {
			t.Errorf("%v after %d calls", err, calls)
		}
	})
}

// spans returns the time between one attempt and the next.
func spans(times []time.Time) []time.Duration {
	var all []time.Duration
	for i := 1; i < len(times); i++ {
		all = append(all, times[i].Sub(times[i-1]))
	}
	return all
}

func TestBackoff(t *testing.T) {
	bubble.Run(t, "waits lie between nothing and a bound that grows to the cap", func(t *testing.T) {
		for _, row := range []struct {
			name   string
			b      skein.Backoff
			bounds []time.Duration // of the first waits; the last is that of all that follow
		}{
			{"zero", skein.Backoff{}, []time.Duration{100e6, 200e6, 400e6, 800e6, 1600e6, 3200e6, 6400e6, 10e9}},
			{"constant", skein.Backoff{First: time.Second, Factor: 1}, []time.Duration{1e9}},
			{"a cap below the first", skein.Backoff{First: time.Minute, Cap: time.Second}, []time.Duration{1e9}},
			{"threefold", skein.Backoff{First: time.Second, Factor: 3, Cap: 30e9}, []time.Duration{1e9, 3e9, 9e9, 27e9, 30e9}},
			{"in no time", skein.Backoff{First: 1, Cap: 1}, []time.Duration{1}},
		} {
			const runs, attempts = 400, 20
			var sums, most [attempts]time.Duration
			row.b.Attempts = attempts
			for range runs {
				var times []time.Time
				_ = skein.Retry(row.b, eventually(0, &times))(t.Context())
				for i, d := range spans(times) {
					sums[i] += d
					most[i] = max(most[i], d)
				}
			}
			for i := range attempts - 1 {
				bound := row.bounds[min(i, len(row.bounds)-1)]
				mean := sums[i] / runs
				// The mean of 400 even draws is off by a tenth of the bound
				// less often than once in 10^9 runs of this test.
				if most[i] > bound || bound > 1 && (mean < bound*4/10 || mean > bound*6/10) {
					t.Errorf("%s: wait %d: at most %v, %v on average, with a bound of %v", row.name, i+1, most[i], mean, bound)
				}
			}
		}
	})
	bubble.Run(t, "values that overflow are capped", func(t *testing.T) {
		for _, b := range []skein.Backoff{
			{First: math.MaxInt64, Cap: time.Second, Factor: math.MaxFloat64},
			{First: 1, Cap: time.Second, Factor: math.Inf(1)},
			{First: math.MaxInt64, Cap: math.MaxInt64, Factor: math.Inf(1)},
		} {
			b.Attempts = math.MaxInt
			ctx, cancel := context.WithTimeout(t.Context(), 100*365*24*time.Hour)
			n := 0
			err := skein.Retry(b, func(context.Context) error {
				if n++; n == 1000 {
					cancel()
				}
				return errBoom
			})(ctx)
			cancel()
			if !errors.Is(err, errBoom) {
				t.Errorf("%+v: %v", b, err)
			}
		}
	})
	t.Run("what makes no sense panics", func(t *testing.T) {
		for _, row := range []struct {
			want string
			b    skein.Backoff
		}{
			{"skein: negative Backoff.Attempts", skein.Backoff{Attempts: -1}},
			{"skein: negative duration in a Backoff", skein.Backoff{First: -1}},
			{"skein: negative duration in a Backoff", skein.Backoff{Cap: -1}},
			{"skein: Backoff.Factor is less than 1", skein.Backoff{Factor: 0.5}},
			{"skein: Backoff.Factor is less than 1", skein.Backoff{Factor: -2}},
			{"skein: Backoff.Factor is less than 1", skein.Backoff{Factor: math.NaN()}},
		} {
			wantPanic(t, row.want, func() { skein.Retry(row.b, succeed) })
		}
		wantPanic(t, "skein: nil function", func() { skein.Retry(skein.Backoff{}, nil) })
		wantPanic(t, "skein: nil context", func() { _ = skein.Retry(skein.Backoff{}, succeed)(nil) })
	})
}

func TestPermanent(t *testing.T) {
	t.Run("of nil is nil", func(t *testing.T) { wantErr(t, skein.Permanent(nil), nil) })
	t.Run("reads like the error and wraps it", func(t *testing.T) {
		if err := skein.Permanent(errBoom); err.Error() != "boom" || !errors.Is(err, errBoom) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAttemptElsewhereIsZero(t *testing.T) {
	if n := skein.Attempt(t.Context()); n != 0 {
		t.Errorf("got %d", n)
	}
}
