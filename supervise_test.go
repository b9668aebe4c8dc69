package skein_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein"
	"example.com/skein/internal/bubble"
)

// atOnce waits no longer than a nanosecond between attempts.
var atOnce = skein.Backoff{First: 1, Cap: 1}

// plays gives a worker whose attempts end one after the other like the tasks,
// and then like the last of them.
func plays(attempts *int, tasks ...task) task {
	return func(ctx context.Context) error {
		*attempts = skein.Attempt(ctx)
		return tasks[min(*attempts, len(tasks))-1](ctx)
	}
}

func TestSupervise(t *testing.T) {
	bubble.Run(t, "a worker that fails in any way is started anew, until it returns nil", func(t *testing.T) {
		attempts := 0
		g := skein.New(t.Context())
		if !skein.Supervise(g, "feed", plays(&attempts, boom, burst("bad"), quit, boom, succeed), skein.Restart{Backoff: atOnce}) {
			t.Error("refused")
		}
		wantErr(t, g.Wait(), nil)
		if s := g.Stats(); attempts != 5 || s != (skein.Stats{Succeeded: 1}) {
			t.Errorf("%d attempts, %+v", attempts, s)
		}
	})
	bubble.Run(t, "that is one worker of the group, in one slot of its limit", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(2))
		skein.Supervise(g, "feed", func(ctx context.Context) error {
			<-time.After(time.Second)
			return errBoom
		}, skein.Restart{})
		for n := range 8 {
			synctest.Wait()
			if s := g.Stats(); s != (skein.Stats{Running: 1, Succeeded: n}) {
				t.Errorf("got %+v", s)
			}
			if !g.TryGo(succeed) {
				t.Error("no room for another")
			}
			<-time.After(600 * time.Millisecond)
		}
		var failed *skein.RetryError
		if !errors.As(g.Wait(), &failed) {
			t.Error("no *RetryError")
		}
	})
	bubble.Run(t, "an attempt begins when the one before it has ended", func(t *testing.T) {
		running := 0 // not atomic: the race detector looks too
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", func(context.Context) error {
			if running++; running != 1 {
				t.Errorf("%d run", running)
			}
			<-time.After(time.Second)
			running--
			return errBoom
		}, skein.Restart{})
		if g.Wait() == nil {
			t.Error("no error")
		}
	})
	bubble.Run(t, "an attempt's context is done when the attempt has ended", func(t *testing.T) {
		var before context.Context
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", func(ctx context.Context) error {
			if skein.Attempt(ctx) == 1 {
				before = ctx
				return errBoom
			}
			if before.Err() == nil || ctx.Err() != nil {
				t.Errorf("before %v, now %v", before.Err(), ctx.Err())
			}
			return nil
		}, skein.Restart{})
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "it is known by its name, where it was started and what it runs", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Name("services"))
		skein.Supervise(g, "feed", drawThumbnail, skein.Restart{})
		synctest.Wait()
		workers := giveUp(t, g).Workers
		for _, w := range workers {
			if w.Name != "feed" || w.Func != "example.com/skein_test.drawThumbnail" || !strings.HasSuffix(w.File, "supervise_test.go") {
				t.Errorf("got %+v", w)
			}
		}
		if len(workers) != 2 || workers[0].Group != "services" || workers[1].Group != "feed" {
			t.Errorf("got %+v", workers)
		}
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "its name is a label", func(t *testing.T) {
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", func(ctx context.Context) error {
			if label, _ := pprof.Label(ctx, "worker"); label != "feed" {
				t.Errorf("got %q", label)
			}
			return nil
		}, skein.Restart{})
		wantErr(t, g.Wait(), nil)
	})
	bubble.Run(t, "a group that is cancelled refuses it", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Cancel(errBoom)
		if skein.Supervise(g, "feed", succeed, skein.Restart{}) {
			t.Error("accepted")
		}
		wantErr(t, g.Wait(), errBoom)
	})
	bubble.Run(t, "misuse panics", func(t *testing.T) {
		var g skein.Group
		wantPanic(t, "skein: nil function", func() { skein.Supervise(&g, "feed", nil, skein.Restart{}) })
		wantPanic(t, "skein: negative Restart.Period", func() { skein.Supervise(&g, "feed", succeed, skein.Restart{Period: -1}) })
		wantPanic(t, "skein: negative Backoff.Attempts", func() {
			skein.Supervise(&g, "feed", succeed, skein.Restart{Backoff: skein.Backoff{Attempts: -1}})
		})
		if !skein.Supervise(&g, "feed", succeed, skein.Restart{}) {
			t.Error("refused")
		}
		wantErr(t, g.Wait(), nil)
	})
}

func TestSuperviseGivesUp(t *testing.T) {
	bubble.Run(t, "after too many failures within the period, with the last error", func(t *testing.T) {
		attempts := 0
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", plays(&attempts, boom), skein.Restart{})
		sibling := false
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			sibling = true
			return nil
		})
		err := g.Wait()
		failed := wantRetryError(t, err, 5, errBoom, nil)
		if attempts != 5 || !sibling || failed.Name != "feed" || err.Error() != "skein: feed: gave up after 5 attempts: boom" {
			t.Errorf("%d attempts, %t: %v", attempts, sibling, err)
		}
	})
	bubble.Run(t, "a failure that the period has forgotten does not count", func(t *testing.T) {
		for _, row := range []struct {
			every    time.Duration
			attempts int // 0: it goes on and on
		}{
			// Three failures at 0, e, 2e lie within a minute if 2e does.
			{20 * time.Second, 3},
			{30*time.Second - 2, 3},
			{30 * time.Second, 0}, // the first is a minute old
			{time.Hour, 0},
		} {
			attempts := 0
			b := atOnce
			b.Attempts = 3
			ctx, cancel := context.WithTimeout(t.Context(), 50*row.every)
			g := skein.New(ctx)
			skein.Supervise(g, "feed", plays(&attempts, lasting(row.every, errBoom)), skein.Restart{Backoff: b})
			err := g.Wait()
			cancel()
			if row.attempts != 0 && attempts != row.attempts || row.attempts == 0 && attempts < 49 {
				t.Errorf("failing every %v: %d attempts, want %d; %v", row.every, attempts, row.attempts, err)
			}
		}
	})
	bubble.Run(t, "waits grow with the failures within the period, and shrink again", func(t *testing.T) {
		var ends, starts []time.Time
		g := skein.New(t.Context())
		b := skein.Backoff{Attempts: 100, First: time.Second, Cap: 100 * time.Second}
		skein.Supervise(g, "feed", func(ctx context.Context) error {
			starts = append(starts, time.Now())
			if skein.Attempt(ctx) == 8 {
				<-time.After(time.Hour) // all before is forgotten
			}
			ends = append(ends, time.Now())
			if skein.Attempt(ctx) == 10 {
				return nil
			}
			return errBoom
		}, skein.Restart{Backoff: b, Period: time.Hour})
		wantErr(t, g.Wait(), nil)
		for i := range 9 {
			bound := time.Second << i
			if i >= 7 {
				bound = time.Second << (i - 7)
			}
			if d := starts[i+1].Sub(ends[i]); d > bound {
				t.Errorf("wait %d is %v, more than %v", i+1, d, bound)
			}
		}
		if d := starts[7].Sub(starts[0]); d < 8*time.Second { // 63.5 s on average
			t.Errorf("seven waits took %v", d)
		}
	})
	bubble.Run(t, "the panic of the last attempt comes out of Wait as it was", func(t *testing.T) {
		for _, policy := range []skein.Option{{}, skein.KeepGoing(), skein.FirstSuccess()} {
			attempts := 0
			var last skein.Event
			g := skein.New(t.Context(), policy, skein.Observe(func(e skein.Event) { last = e }))
			skein.Supervise(g, "feed", plays(&attempts, boom, boom, boom, boom, burst(errBoom)), skein.Restart{Backoff: atOnce})
			p := panicOf(t, g.Wait)
			if attempts != 5 || p.Value != errBoom || p.Name != "feed" || !strings.Contains(string(p.Stack), ".burst.") || p.Err != nil || len(p.Others) != 0 {
				t.Errorf("%d attempts, %+v", attempts, p)
			}
			if last.Outcome != skein.Panicked || g.Stats() != (skein.Stats{Panicked: 1}) {
				t.Errorf("got %+v, %+v", last, g.Stats())
			}
		}
	})
	bubble.Run(t, "a panic without a name has the worker's number", func(t *testing.T) {
		g := skein.New(t.Context())
		g.Go(succeed)
		skein.Supervise(g, "", burst("bad"), skein.Restart{Backoff: skein.Backoff{Attempts: 1}})
		if p := panicOf(t, g.Wait); p.Name != "worker 2" {
			t.Errorf("got %q", p.Name)
		}
	})
	bubble.Run(t, "a Goexit of the last attempt is the group's", func(t *testing.T) {
		attempts := 0
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", plays(&attempts, boom, quit), skein.Restart{})
		wantErr(t, g.Wait(), skein.ErrGoexit)
		if s := g.Stats(); attempts != 5 || s != (skein.Stats{Goexited: 1}) {
			t.Errorf("%d attempts, %+v", attempts, s)
		}
	})
	bubble.Run(t, "at once with an error that is permanent", func(t *testing.T) {
		attempts := 0
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", plays(&attempts, boom, fail(skein.Permanent(errBoom))), skein.Restart{})
		wantErr(t, g.Wait(), errBoom)
		if attempts != 2 {
			t.Errorf("%d attempts", attempts)
		}
	})
	bubble.Run(t, "but a panic with one is a panic, and is mended", func(t *testing.T) {
		attempts := 0
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", plays(&attempts, burst(skein.Permanent(errBoom)), succeed), skein.Restart{})
		wantErr(t, g.Wait(), nil)
		if attempts != 2 {
			t.Errorf("%d attempts", attempts)
		}
	})
}

func TestRestart(t *testing.T) {
	bubble.Run(t, "Always starts it anew after a nil, which counts", func(t *testing.T) {
		attempts := 0
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", plays(&attempts, succeed, boom, succeed), skein.Restart{Always: true})
		err := g.Wait()
		if want := "skein: feed: gave up after 5 attempts: it returned nil"; attempts != 5 || err == nil || err.Error() != want {
			t.Errorf("%d attempts, %v, want %s", attempts, err, want)
		}
	})
	bubble.Run(t, "even so a nil after the cancellation is a success", func(t *testing.T) {
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		}, skein.Restart{Always: true})
		synctest.Wait()
		g.Cancel(errBoom)
		wantErr(t, g.Wait(), errBoom)
		if s := g.Stats(); s != (skein.Stats{Succeeded: 1}) {
			t.Errorf("got %+v", s)
		}
	})
	bubble.Run(t, "Failed is told of each failure", func(t *testing.T) {
		var told []string
		attempts := 0
		g := skein.New(t.Context(), skein.KeepGoing())
		b := atOnce
		b.Attempts = 4
		skein.Supervise(g, "feed", plays(&attempts, boom, burst("bad"), quit, boom), skein.Restart{Backoff: b, Failed: func(attempt int, err error) {
			var p *skein.PanicError
			if errors.As(err, &p) {
				err = fmt.Errorf("%s panicked: %v", p.Name, p.Value)
			}
			told = append(told, fmt.Sprint(attempt, " ", err))
		}})
		wantRetryError(t, g.Wait(), 4, errBoom, nil)
		want := "1 boom, 2 feed panicked: bad, 3 skein: worker called runtime.Goexit, 4 boom"
		if got := strings.Join(told, ", "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	bubble.Run(t, "a panic in Failed is the worker's", func(t *testing.T) {
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", boom, skein.Restart{Failed: func(int, error) { panic("told") }})
		if p := panicOf(t, g.Wait); p.Value != "told" || p.Name != "feed" {
			t.Errorf("got %+v", p)
		}
	})
	bubble.Run(t, "there may be no end to it", func(t *testing.T) {
		attempts := 0
		b := atOnce
		b.Attempts = math.MaxInt
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", plays(&attempts, repeat(boom, 1000, succeed)...), skein.Restart{Backoff: b})
		wantErr(t, g.Wait(), nil)
		if attempts != 1001 {
			t.Errorf("%d attempts", attempts)
		}
	})
}

func repeat(f task, n int, end task) []task {
	all := make([]task, n, n+1)
	for i := range all {
		all[i] = f
	}
	return append(all, end)
}

func TestSuperviseAndCancellation(t *testing.T) {
	stop := errors.New("stop")
	bubble.Run(t, "a cancellation ends the attempt and no other begins", func(t *testing.T) {
		attempts := 0
		g := skein.New(t.Context())
		skein.Supervise(g, "feed", plays(&attempts, boom, untilDone), skein.Restart{})
		<-time.After(time.Minute)
		g.Cancel(stop)
		wantErr(t, g.Wait(), stop)
		if s := g.Stats(); attempts != 2 || s != (skein.Stats{Cancelled: 1}) {
			t.Errorf("%d attempts, %+v", attempts, s)
		}
	})
	bubble.Run(t, "it ends the wait for the next attempt", func(t *testing.T) {
		var last skein.Event
		g := skein.New(t.Context(), skein.KeepGoing(), skein.Observe(func(e skein.Event) { last = e }))
		skein.Supervise(g, "feed", boom, skein.Restart{Backoff: skein.Backoff{First: math.MaxInt64, Cap: math.MaxInt64}})
		<-time.After(time.Minute)
		start := time.Now()
		g.Cancel(stop)
		wantErr(t, g.Wait(), stop)
		if time.Since(start) != 0 || last.Outcome != skein.Cancelled || !errors.Is(last.Err, errBoom) {
			t.Errorf("after %v: %+v", time.Since(start), last)
		}
	})
	bubble.Run(t, "a deadline ends it like every cancellation: nothing is cut short before", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		g := skein.New(ctx)
		skein.Supervise(g, "feed", boom, skein.Restart{Backoff: skein.Backoff{First: math.MaxInt64, Cap: math.MaxInt64}})
		wantErr(t, g.Wait(), context.DeadlineExceeded)
		if d := time.Since(start); d != time.Minute {
			t.Errorf("after %v", d)
		}
	})
	bubble.Run(t, "a failure, a panic and a Goexit that come after it are told", func(t *testing.T) {
		late := func(f task) task {
			return func(ctx context.Context) error {
				<-ctx.Done()
				return f(ctx)
			}
		}
		for _, row := range []struct {
			f    task
			want skein.Stats
		}{
			{late(boom), skein.Stats{Failed: 1}},
			{late(fail(skein.Permanent(errBoom))), skein.Stats{Failed: 1}},
			{late(quit), skein.Stats{Goexited: 1}},
			{late(burst(errBoom)), skein.Stats{Panicked: 1}},
		} {
			g := skein.New(t.Context(), skein.KeepGoing())
			skein.Supervise(g, "feed", row.f, skein.Restart{Failed: func(int, error) { t.Error("Failed was called") }})
			synctest.Wait()
			g.Cancel(stop)
			var err error
			v := thrown(func() { err = g.Wait() })
			if g.Stats() != row.want || row.want.Failed == 1 && err != errBoom {
				t.Errorf("got %+v, want %+v; %v, panic %v", g.Stats(), row.want, err, v)
			}
		}
	})
	bubble.Run(t, "what is queued is skipped", func(t *testing.T) {
		g := skein.New(t.Context(), skein.Limit(1))
		g.Go(untilDone)
		skein.Supervise(g, "feed", func(context.Context) error {
			t.Error("called")
			return nil
		}, skein.Restart{})
		g.Cancel(stop)
		wantErr(t, g.Wait(), stop)
	})
}

func TestSuperviseThatCrashes(t *testing.T) {
	t.Run("no panic is mended where panics are to crash", func(t *testing.T) {
		wantCrash(t, func() {
			g := skein.New(context.Background(), skein.CrashOnPanic())
			skein.Supervise(g, "feed", burst("bad"), skein.Restart{})
			_ = g.Wait()
		}, "panic: bad", ".burst.")
	})
	t.Run("a panic that was mended does not crash a group that nobody waits for", func(t *testing.T) {
		wantCalm(t, func() {
			skein.SetGrace(soon)
			attempts := 0
			g := skein.New(context.Background())
			skein.Supervise(g, "feed", plays(&attempts, burst("bad"), burst("bad"), untilDone), skein.Restart{})
			<-time.After(4 * soon)
			g.Cancel(nil)
			_ = g.Wait()
		})
	})
	t.Run("the panic of the last attempt does", func(t *testing.T) {
		wantCrash(t, func() {
			skein.SetGrace(soon)
			g := skein.New(context.Background())
			skein.Supervise(g, "feed", burst("bad"), skein.Restart{Backoff: atOnce})
			<-time.After(time.Minute)
		}, "feed panicked: bad", ".burst.", "no Wait took it")
	})
}

// Workers that end in every way, at random, in groups that are cancelled at
// random: every worker is counted out once, and nothing stays.
func TestSupervisedWorkersAtRandom(t *testing.T) {
	bubble.Run(t, "every worker is counted out", func(t *testing.T) {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 0))
		var mu sync.Mutex
		draw := func(n int) int {
			mu.Lock()
			defer mu.Unlock()
			return random.IntN(n)
		}
		ends := []task{succeed, boom, boom, boom, quit, burst("bad"), untilDone, fail(skein.Permanent(errBoom))}
		f := func(ctx context.Context) error {
			<-time.After(time.Duration(draw(1000)) * time.Millisecond)
			return ends[draw(len(ends))](ctx)
		}
		policies := []skein.Option{{}, skein.KeepGoing(), skein.FirstSuccess()}
		for range 200 {
			g := skein.New(t.Context(), policies[draw(3)], skein.Limit(draw(4)))
			accepted := 0
			for range 1 + draw(5) {
				r := skein.Restart{Always: draw(2) == 0, Backoff: skein.Backoff{Attempts: draw(6)}}
				if skein.Supervise(g, "feed", f, r) {
					accepted++
				}
				<-time.After(time.Duration(draw(300)) * time.Millisecond)
			}
			time.AfterFunc(time.Duration(draw(5000))*time.Millisecond, func() { g.Cancel(nil) })
			_ = thrown(func() { _ = g.Wait() })
			s := g.Stats()
			if n := s.Succeeded + s.Failed + s.Panicked + s.Goexited + s.Cancelled + s.Skipped; n != accepted || s.Running+s.Queued+g.Len() != 0 {
				t.Fatalf("%+v, and %d were accepted (seed %d)", s, accepted, seed)
			}
		}
	})
}
