package report

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// TestOrderModel ends tasks in random order, some of which write before they
// end, beside a table of what each wrote.
func TestOrderModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, memory := range []int64{0, 1 << 20} {
		sp := spool.New(t.TempDir(), memory)
		const tasks = 400
		var events []task.Event
		want := make([]string, tasks)
		write := func(seq int, kind task.Kind) task.Event {
			ev := done(seq, task.Succeeded)
			ev.Kind = kind
			if r.IntN(4) > 0 {
				s := strings.Repeat(fmt.Sprint(seq, "\n"), 1+r.IntN(1<<r.IntN(15)))
				ev.Stdout = textOf(t, sp, s)
				want[seq-1] += s
			}
			return ev
		}
		// Each task ends at most thirty places from its own.
		window := r.Perm(tasks)
		for i := range window {
			window[i] = i
		}
		for i := range window {
			j := min(tasks-1, i+r.IntN(30))
			window[i], window[j] = window[j], window[i]
		}
		for _, i := range window {
			if r.IntN(3) == 0 {
				events = append(events, write(i+1, task.Output))
			}
			events = append(events, write(i+1, task.Finished))
		}
		got := tell(t, Options{Order: true}, events...)
		if got.stdout != strings.Join(want, "") || got.exit != 0 {
			t.Errorf("exit status %d, %d bytes, want %d", got.exit, len(got.stdout), len(strings.Join(want, "")))
		}
		sp.Close()
	}
}

func TestAMillionTasksBehindASlowOneCostLittle(t *testing.T) {
	sp := spool.New(t.TempDir(), 1<<20)
	defer sp.Close()
	o := newOrder()
	const tasks = 1_000_000
	before := heap()
	for place := 2; place <= tasks; place++ {
		var p piece
		if place%10 == 0 {
			p = piece{stdout: textOf(t, sp, fmt.Sprint(place, "\n")), raw: 8}
		}
		if now := o.add(place, place, p, true); now != nil {
			t.Fatalf("%d may write before the first", place)
		}
	}
	if grown := heap() - before; grown > 4<<20 {
		t.Errorf("%d bytes for a million that wait", grown)
	}
	if now := o.add(1, 1, piece{}, true); len(now) < 2 || o.next != tasks+1 || len(o.ended)+len(o.open) != 0 {
		t.Errorf("%d parts, next %d", len(now), o.next)
	}
}

func TestPlainProgressIsALineEveryFewSeconds(t *testing.T) {
	stdout, stderr := tempFile(t), tempFile(t)
	synctest.Test(t, func(t *testing.T) {
		Text(func(yield func(task.Event) bool) {
			yield(began(1))
			<-time.After(12 * time.Second)
			yield(done(1, task.Failed))
		}, Options{Stdout: stdout, Stderr: stderr, Progress: ProgressPlain})
	})
	b, err := os.ReadFile(stderr.Name())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(b), strings.Repeat("skein: 0 done, 1 running\n", 2)+"skein: n1: failed\n"; !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func tempFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestOutputThatFindsNoRoomIsWrittenAtItsTurnAndTold(t *testing.T) {
	sp := spool.New(t.TempDir(), 1<<20)
	defer sp.Close()
	part := func(seq int, kind task.Kind, s string) task.Event {
		ev := done(seq, task.Succeeded)
		ev.Kind, ev.Stdout = kind, textOf(t, sp, s)
		return ev
	}
	last := part(1, task.Finished, "c\n")
	last.StdoutBytes = 4
	turn := new(atomic.Int64)
	got := tell(t, Options{Order: true, Turn: turn},
		part(2, task.Finished, "second\n"), part(1, task.Output, "a"), part(1, task.Output, "b"), last)
	if got.stdout != "abc\nsecond\n" || got.exit != 0 || strings.Count(got.stderr, "no room for more output") != 1 {
		t.Errorf("%+v", got)
	}
	if turn.Load() != 3 {
		t.Errorf("it is the turn of %d, want 3", turn.Load())
	}
}

func TestMissingBytesAreOurFault(t *testing.T) {
	sp := spool.New(t.TempDir(), 1<<20)
	defer sp.Close()
	for _, row := range []struct {
		name string
		o    Options
	}{{"grouped", Options{}}, {"in order", Options{Order: true}}, {"tags", Options{Tag: true}}} {
		t.Run(row.name, func(t *testing.T) {
			first, second := done(2, task.Succeeded), done(1, task.Succeeded)
			first.Stdout, first.StdoutBytes = textOf(t, sp, "abc\n"), 4
			second.Stderr, second.StderrBytes = textOf(t, sp, "d\n"), 3
			got := tell(t, row.o, first, second)
			if got.exit != 4 || !strings.Contains(got.stderr, "1 of 7 bytes") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestPackedPiecesSurviveEveryCut(t *testing.T) {
	sp := spool.New(t.TempDir(), 1<<20)
	defer sp.Close()
	p := pack(piece{stdout: textOf(t, sp, "out\x00"), stderr: textOf(t, sp, "err"), prefix: "p\t", head: "h", foot: "f", raw: 7, slot: 3})
	if p.packed == nil {
		t.Fatal("not packed")
	}
	var b strings.Builder
	if _, err := p.packed.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	whole := strings.Repeat(b.String(), 2)
	for cut := range len(whole) {
		n := 0
		u := &unpacker{give: func(p piece, stdout, stderr []byte) {
			if got := fmt.Sprint(p.raw, p.slot, p.prefix, p.head, p.foot, string(stdout), string(stderr)); got != "7 3p\thfout\x00err" {
				t.Errorf("cut at %d: %q", cut, got)
			}
			n++
		}}
		u.Write([]byte(whole[:cut]))
		u.Write([]byte(whole[cut:]))
		if n != 2 {
			t.Errorf("cut at %d: %d pieces", cut, n)
		}
	}
}
