package skein

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestBucket(t *testing.T) {
	start := time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC)
	// drain takes every token as soon as it is there, until d has passed.
	drain := func(b *bucket, from time.Time, d time.Duration) (n int, end time.Time) {
		now := from
		for {
			if wait := b.wait(now); wait > 0 {
				if now.Add(wait).Sub(from) > d {
					return n, now
				}
				now = now.Add(wait)
				continue
			}
			b.take(now)
			n++
		}
	}
	for _, row := range []struct {
		n, burst int
		per      time.Duration
	}{
		{1, 1, time.Second},
		{3, 1, time.Second}, // a third of a second is no whole number of nanoseconds
		{7, 20, time.Second},
		{1000, 1, time.Minute},
		{999, 7, time.Minute + 1},
		{1, 5, time.Hour},
		{100, 1, 24 * time.Hour},
	} {
		t.Run(fmt.Sprintf("%d in %v, %d at once: an hour has what it should, to the token", row.n, row.per, row.burst), func(t *testing.T) {
			b := newBucket(row.n, row.per, row.burst)
			n, _ := drain(&b, start, time.Hour)
			if want := row.burst + int(time.Hour.Nanoseconds()*int64(row.n)/row.per.Nanoseconds()); n != want {
				t.Errorf("%d tokens, want %d", n, want)
			}
		})
	}
	t.Run("a token is there when it is promised and not a nanosecond before", func(t *testing.T) {
		b := newBucket(3, time.Second, 1)
		now := start
		for i := range 1000 {
			if b.wait(now) != 0 {
				t.Fatal("nothing came")
			}
			b.take(now)
			// The i-th after the first is due after i thirds of a second, rounded up.
			due := start.Add((time.Duration(i+1)*time.Second + 2) / 3)
			if wait := b.wait(now); now.Add(wait) != due {
				t.Fatalf("token %d after %v, want %v", i+2, now.Add(wait).Sub(start), due.Sub(start))
			}
			if b.wait(due.Add(-1)) != 1 {
				t.Fatalf("token %d came early", i+2)
			}
			now = due
		}
	})
	t.Run("a rest fills it up to the burst and no further", func(t *testing.T) {
		b := newBucket(1, time.Second, 3)
		n, end := drain(&b, start, 0)
		for _, row := range []struct {
			rest time.Duration
			want int
		}{{time.Second, 1}, {2500 * time.Millisecond, 2}, {3 * time.Second, 3}, {time.Hour, 3}, {0, 0}} {
			var more int
			more, end = drain(&b, end.Add(row.rest), 0)
			if n != 3 || more != row.want {
				t.Errorf("%d at first, want 3; %d after %v, want %d", n, more, row.rest, row.want)
			}
		}
	})
	t.Run("half a token that came in before is not lost", func(t *testing.T) {
		b := newBucket(1, time.Second, 2)
		_, end := drain(&b, start, 0)
		_, end = drain(&b, end.Add(1500*time.Millisecond), 0)
		if wait := b.wait(end); wait != 500*time.Millisecond {
			t.Errorf("the next is %v away", wait)
		}
	})
	t.Run("a waiter whose timers are late gets what it should", func(t *testing.T) {
		b := newBucket(1000, time.Second, 1)
		at, now, n := start, start, 0
		for ; now.Sub(start) < time.Minute; n++ {
			at = at.Add(b.wait(at)) // the promise
			if at.After(now) {
				now = at.Add(1700 * time.Microsecond) // the timer
			}
			b.take(at)
		}
		if n < 60_000 || n > 60_003 {
			t.Errorf("%d tokens in a minute, want 60000", n)
		}
	})
	t.Run("asking takes nothing", func(t *testing.T) {
		b := newBucket(1, time.Second, 1)
		for range 10 {
			if b.wait(start) != 0 {
				t.Error("empty")
			}
		}
	})
	t.Run("a clock that is set back gives nothing and breaks nothing", func(t *testing.T) {
		b := newBucket(1, time.Second, 1)
		b.take(start)
		if wait := b.wait(start.Add(-time.Hour)); wait != time.Second {
			t.Errorf("the next is %v away", wait)
		}
	})
	t.Run("silly values do not overflow", func(t *testing.T) {
		most := time.Duration(math.MaxInt64)
		b := newBucket(1, most, math.MaxInt)
		for range 100 {
			b.take(start)
		}
		if b.wait(start) != 0 || b.wait(start.Add(most)) != 0 {
			t.Error("a part of an endless burst is not there")
		}
		b = newBucket(1, most, 1)
		for n := range 5 {
			b.take(start)
			if wait := b.wait(start); wait != most {
				t.Errorf("the next is %v away after %d", wait, n+1)
			}
		}
		b = newBucket(math.MaxInt, 1, 1)
		for range 100 {
			b.take(start)
		}
		if wait := b.wait(start); wait != 1 {
			t.Errorf("the next is %v away", wait)
		}
	})
	t.Run("what makes no sense panics", func(t *testing.T) {
		for _, n := range []int{0, -1} {
			for what, f := range map[string]func(){
				"task at all":            func() { newBucket(n, time.Second, 1) },
				"burst is not positive":  func() { newBucket(1, time.Second, n) },
				"period is not positive": func() { newBucket(1, time.Duration(n), 1) },
			} {
				func() {
					defer func() {
						if text, _ := recover().(string); !strings.HasPrefix(text, "skein: ") || !strings.HasSuffix(text, what) {
							t.Errorf("got panic %q, want one about: %s", text, what)
						}
					}()
					f()
				}()
			}
		}
	})
}
