package skein_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

func wantWinner(t *testing.T, want string, fs ...valued) {
	t.Helper()
	if v, err := skein.Race(t.Context(), fs...); v != want || err != nil {
		t.Errorf("got %q and error %v, want %q", v, err, want)
	}
}

func TestRaceIsWon(t *testing.T) {
	bubble.Run(t, "by the first success", func(t *testing.T) {
		start := time.Now()
		wantWinner(t, "fast",
			endingAs(boom), endingAs(quit), endingAs(untilDone),
			after(time.Second, "fast"), endingAs(lasting(time.Millisecond, errBoom)))
		if d := time.Since(start); d != time.Second {
			t.Errorf("it took %v", d)
		}
	})
	bubble.Run(t, "and is over when the losers have ended", func(t *testing.T) {
		ended := false
		start := time.Now()
		wantWinner(t, "fast", after(time.Second, "fast"), func(ctx context.Context) (string, error) {
			<-ctx.Done()
			<-time.After(time.Minute)
			ended = true
			return "slow", nil
		})
		if d := time.Since(start); !ended || d != time.Second+time.Minute {
			t.Errorf("after %v the loser has ended: %v", d, ended)
		}
	})
	bubble.Run(t, "by the only one", func(t *testing.T) {
		wantWinner(t, "alone", after(0, "alone"))
	})
	bubble.Run(t, "even if it heeds no end of the context", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if v, err := skein.Race(ctx, endingAs(untilDone), after(time.Minute, "stubborn")); v != "stubborn" || err != nil {
			t.Errorf("got %q and error %v", v, err)
		}
	})
	bubble.Run(t, "in order of time, not of the arguments", func(t *testing.T) {
		for first := range 20 {
			var fs []valued
			for i := range 20 {
				fs = append(fs, func(context.Context) (string, error) {
					<-time.After(time.Duration(1+(i-first+20)%20) * time.Second)
					return strings.Repeat("x", i), nil
				})
			}
			wantWinner(t, strings.Repeat("x", first), fs...)
		}
	})
}

func TestRaceIsLost(t *testing.T) {
	bubble.Run(t, "with all errors, in the order of the arguments", func(t *testing.T) {
		a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
		v, err := skein.Race(t.Context(),
			func(context.Context) (string, error) { return "half a value", a },
			endingAs(lasting(3*time.Second, b)), endingAs(lasting(time.Second, c)), endingAs(quit))
		wantErrs(t, err, a, b, c, skein.ErrGoexit)
		if v != "" {
			t.Errorf("got the value %q of a failure", v)
		}
	})
	bubble.Run(t, "with the only one's error itself", func(t *testing.T) {
		_, err := skein.Race(t.Context(), endingAs(boom))
		wantErr(t, err, errBoom)
	})
	bubble.Run(t, "with the cause, if the context ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errBoom)
		defer cancel()
		_, err := skein.Race(ctx, endingAs(untilDone), endingAs(untilDone))
		wantErr(t, err, errBoom)
		_, err = skein.Race(ctx, uncalled(t), uncalled(t)) // it is done already
		wantErr(t, err, errBoom)
	})
	bubble.Run(t, "with what had failed before the context ended", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := skein.Race(ctx, endingAs(untilDone), endingAs(boom))
		wantErr(t, err, errBoom)
	})
}

func TestRaceThrowsAPanic(t *testing.T) {
	for _, row := range []struct {
		name  string
		other valued
	}{
		{"before a success", endingAs(lasting(time.Minute, nil))},
		{"after a success", after(time.Millisecond, "fast")},
		{"beside a failure", endingAs(boom)},
	} {
		bubble.Run(t, row.name, func(t *testing.T) {
			p := panicOf(t, func() error {
				_, err := skein.Race(t.Context(), row.other, func(context.Context) (string, error) {
					<-time.After(time.Second)
					panic("cat")
				})
				return err
			})
			if p.Value != "cat" || p.Name != "worker 2" {
				t.Errorf("got %v of %q", p.Value, p.Name)
			}
		})
	}
}

func TestRacePanicsAtTheCall(t *testing.T) {
	bubble.Run(t, "of nothing, and with a function or context missing", func(t *testing.T) {
		wantPanic(t, "skein: Race of no functions", func() { _, _ = skein.Race[string](t.Context()) })
		wantPanic(t, "skein: nil function", func() { _, _ = skein.Race(t.Context(), uncalled(t), nil) })
		wantPanic(t, "skein: nil context", func() { _, _ = skein.Race(nil, uncalled(t)) }) //lint:ignore SA1012 that is what is tested
	})
}

func TestRacersAreKnownByTheirFunctions(t *testing.T) {
	bubble.Run(t, "and by the caller of Race", func(t *testing.T) {
		var wg skein.WaitGroup
		defer wg.Wait()
		wg.Go(func() { _, _ = skein.Race(t.Context(), developFilm, developFilm) })
		synctest.Wait()
		var found []skein.Worker
		for _, g := range process().Groups {
			found = append(found, g.Workers...)
		}
		if len(found) != 2 {
			t.Fatalf("%d workers", len(found))
		}
		for _, w := range found {
			if w.Func != "example.com/skein_test.developFilm" || !strings.HasSuffix(w.File, "first_test.go") {
				t.Errorf("got %+v", w)
			}
		}
	})
}
